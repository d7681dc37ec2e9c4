"""The reading of expressions, which other tests rest on."""

import pytest

from tests.repository.deployment.promql import asked_by


def test_metrics_are_told_from_functions_labels_and_words() -> None:
    query = """
      histogram_quantile(0.99, sum by (le, mood) (rate(moods_bucket{type="x", at!~"b|c"}[5m])))
      and on (instance) min_over_time(up{job="a"}[$__rate_interval]) == bool 0
      or vector(0) unless cluster:moods:max > 1e3
    """
    asked = asked_by(query)
    assert asked.selected == [
        ("moods_bucket", {"type": "x", "at": ""}),
        ("up", {"job": "a"}),
        ("cluster:moods:max", {}),
    ]
    assert asked.grouped == {"le", "mood", "instance"}


def test_a_grouping_may_stand_behind() -> None:
    asked = asked_by("sum(moods_total) by (mood) / ignoring(mood) group_left sum(events_total)")
    assert asked.metrics == {"moods_total", "events_total"}
    assert asked.grouped == {"mood"}


def test_what_is_no_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="is no part"):
        asked_by("sum(moods) ; drop")
