"""Show the card of one model version, live from the registry."""

from spark_models.core.config import CardConfig
from spark_models.core.model_uri import parse_model_uri
from spark_models.core.tables import Card
from spark_models.registry.cards import card_of
from spark_models.registry.connection import connect
from spark_models.registry.files import verified_files
from spark_models.registry.resolve import resolve


def card(config: CardConfig) -> Card:
    """Everything known of the version that the config's model URI names now.

    Raises:
        ConfigError: if the URI does not name a registered model.
        RegistryError: if MLflow does not answer, or there is no such version.
        DigestError: if the version's files are not those that were registered.
    """
    parse_model_uri(config.model)  # what is no URI is told as that, whether or not MLflow answers
    registry = connect(config.registry)
    model_version = resolve(registry, config.model)
    return card_of(registry, model_version, verified_files(registry, model_version))
