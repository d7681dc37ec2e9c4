"""Who asks, as the views see it."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from orchestrator.web.caller import (
    LOCAL,
    Caller,
    Scope,
    caller_of,
    identify,
    narrowed,
    require_tenant,
)
from orchestrator.web.problems import Problem


def asked_by(caller: Caller) -> web.Request:
    request = make_mocked_request("GET", "/events")
    identify(request, caller)
    return request


BOUND = Caller("page", frozenset({Scope.READ}), "school")


def test_a_caller_bound_to_a_tenant_sees_no_other() -> None:
    request = asked_by(BOUND)
    assert caller_of(request) == BOUND
    require_tenant(request, "school")
    with pytest.raises(Problem) as caught:
        require_tenant(request, "Schoo1")
    assert caught.value.status == 404


def test_who_is_bound_to_none_sees_all() -> None:
    require_tenant(asked_by(LOCAL), "school")
    require_tenant(asked_by(LOCAL), "other")


def test_a_list_is_cut_down_to_what_is_asked_for_and_may_be_seen() -> None:
    assert narrowed(asked_by(LOCAL), None) is None
    assert narrowed(asked_by(LOCAL), "school") == "school"
    assert narrowed(asked_by(BOUND), None) == "school"
    assert narrowed(asked_by(BOUND), "school") == "school"
    with pytest.raises(Problem):
        narrowed(asked_by(BOUND), "other")


def test_nobody_is_taken_for_anybody_before_it_is_known_who_asks() -> None:
    with pytest.raises(KeyError):
        caller_of(make_mocked_request("GET", "/events"))
