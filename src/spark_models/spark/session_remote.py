"""A Spark Connect server, asked once and shortly before Spark's client asks it, which tries for minutes what fails."""

from spark_models.errors import SessionError

ANSWER_SECONDS = 20


def require_answer(url: str) -> None:
    """Refuse a server that does not answer; a URL that is none of Spark Connect's is left to Spark.

    Raises:
        SessionError: if there is no answer within seconds.
    """
    if not url.startswith("sc://"):
        return
    # Other sessions do not wait for it; and before gRPC, since it says what is missing.
    from pyspark.sql.connect.client import DefaultChannelBuilder  # noqa: PLC0415

    builder = DefaultChannelBuilder(url)
    channel = builder.toChannel()
    import grpc  # noqa: PLC0415

    try:
        grpc.channel_ready_future(channel).result(timeout=ANSWER_SECONDS)
    except grpc.FutureTimeoutError as error:
        # Not the URL, which may hold a token.
        problem = f"no Spark Connect server answers at {builder.endpoint}: check that it runs, and SPARK_REMOTE"
        raise SessionError("Spark does not start", [problem]) from error
    finally:
        channel.close()
