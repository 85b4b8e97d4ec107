"""What a promote job's config says."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from spark_models.core.config.section import Section, SparkJobConfig
from spark_models.core.metrics import METRICS, direction_of, spelt_otherwise
from spark_models.core.suggest import did_you_mean


class Threshold(Section):
    """What one metric must reach, in the metric's own direction; bounds that are left out hold."""

    metric: str
    """A metric of the comparison, such as roc_auc, or one of your own that it was made with."""

    absolute: float | None = None
    """The candidate's value: at least this where higher is better, at most where lower is."""

    min_change: float | None = None
    """The candidate must be better than the baseline by at least this, in the metric's units."""

    min_relative_change: float | None = None
    """The same, as a fraction of the baseline's value."""

    change_interval_above: float | None = None
    """The whole confidence interval of the change for the better must lie above this, in the metric's units."""

    @field_validator("metric")
    @classmethod
    def _is_a_metric_with_a_direction(cls, metric: str) -> str:
        known = {metric.name for metrics in METRICS.values() for metric in metrics if metric.direction != "none"}
        direction = direction_of(metric)
        if direction == "none":
            other = metric.replace("coverage_", "coverage_error_") if "coverage_" in metric else None
            raise ValueError("no value of it is better than another" + (f"; gate on {other!r}" if other else ""))
        # Another name may be that of a user's own metric: the comparison knows which it has.
        is_own = direction is None and metric.isidentifier() and spelt_otherwise(metric) is None
        if direction is None and not is_own:
            near = did_you_mean(metric, known)
            raise ValueError(f"there is no such metric to gate on{near or '; known: ' + ', '.join(sorted(known))}")
        return metric

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        bounds = (self.absolute, self.min_change, self.min_relative_change, self.change_interval_above)
        if all(bound is None for bound in bounds):
            raise ValueError("give at least one of absolute, min_change, min_relative_change and change_interval_above")
        return self


class PromoteConfig(SparkJobConfig):
    """Move an alias to a version if a stored comparison passes the gate."""

    candidate: str
    """Model URI of the version to promote."""

    alias: str = "champion"
    """The alias to move."""

    comparison_id: str | None = None
    """The stored comparison to judge by; by default the latest of candidate against the alias's holder."""

    gate: Annotated[tuple[Threshold, ...], Field(strict=False, min_length=1)]
    """All of these must hold."""

    force: bool = False
    """Move the alias although the gate refuses; needs a reason."""

    reason: str | None = None
    """Why, for the alias's history."""

    @model_validator(mode="after")
    def _force_needs_a_reason(self) -> Self:
        if self.force and not (self.reason or "").strip():
            raise ValueError("force needs a reason, which is stored")
        return self
