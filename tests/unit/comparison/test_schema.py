"""The published schema of a comparison: up to date, and true of a real one."""

import json

import pytest
from jsonschema import Draft202012Validator

from orchestrator.comparison.schema import comparison_schema
from orchestrator.comparison.summary import Comparison, encode_comparison
from orchestrator.operations.contract import DOCS
from orchestrator.web.openapi_view import as_json
from tests.comparison_example import example_comparison
from tests.unit.comparison.samples import compared

SCHEMA = comparison_schema()


def test_the_committed_schema_is_the_one_that_the_code_makes() -> None:
    committed = (DOCS / "backtest.schema.json").read_bytes()
    assert committed == as_json(SCHEMA), "run `orchestrator contract backtest --write`"


@pytest.mark.parametrize("comparison", [example_comparison(), compared()], ids=["example", "real"])
def test_a_comparison_is_as_the_schema_says(comparison: Comparison) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(json.loads(encode_comparison(comparison)))


def test_what_lacks_a_part_is_not() -> None:
    written = json.loads(encode_comparison(example_comparison()))
    del written["harms"]
    assert not Draft202012Validator(SCHEMA).is_valid(written)
