"""Names of a stream's micro-batches, and how they count up."""

import re

# No id that a person gives or that is derived from facts looks like this.
_NAME = re.compile(r"stream:(?P<stream>[^:]+):(?P<epoch>\d+)")


def micro_batch_id(stream: str, epoch: int) -> str:
    """The batch id of a stream's micro-batch.

    >>> micro_batch_id("4a7c", 12)
    'stream:4a7c:12'
    """
    return f"stream:{stream}:{epoch}"


def counted(batch_id: str) -> tuple[str, int]:
    """The id and the version that Delta's transaction identifiers know a batch by.

    Delta remembers one version for each id, for ever, and takes none that is not greater. A stream's
    micro-batches share one id, therefore, and any other batch has its own.

    >>> counted("stream:4a7c:12"), counted("monday")
    (('stream:4a7c', 12), ('monday', 1))
    """
    if found := _NAME.fullmatch(batch_id):
        return f"stream:{found['stream']}", int(found["epoch"])
    return batch_id, 1
