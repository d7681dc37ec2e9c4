"""The hashes of API_TOKENS, and the tokens that they are of."""

from hashlib import sha256

import pytest

from orchestrator.api_tokens import ApiToken, digest_of, find_token, new_token, parse_tokens
from orchestrator.scope import Scope

HASH, OTHER = "5e" * 32, "a1" * 32


def test_an_entry_says_name_scopes_hash_and_tenant() -> None:
    page, lms = parse_tokens(f"page:read:{HASH}, lms:trigger+read:{OTHER}:school:7")
    assert page == ApiToken("page", frozenset({Scope.READ}), bytes.fromhex(HASH), None)
    assert lms.scopes == {Scope.READ, Scope.TRIGGER}
    assert lms.tenant == "school:7"


def test_no_scope_implies_another() -> None:
    (token,) = parse_tokens(f"boss:admin:{HASH}")
    assert token.scopes == {Scope.ADMIN}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("page", "entry 1 (page): must be name:scopes"),
        ("page:read", "entry 1 (page): must be name:scopes"),
        (f"page::{HASH}", "entry 1 (page): the scopes must be one or more of read, trigger, admin"),
        (f"page:write:{HASH}", "entry 1 (page): the scopes"),
        (f"page:READ:{HASH}", "entry 1 (page): the scopes"),
        (f"page:read+:{HASH}", "entry 1 (page): the scopes"),
        (f"page:read:{HASH.upper()}", "entry 1 (page): the hash must be the 64 lower-case"),
        (f"page:read:{HASH[1:]}", "entry 1 (page): the hash"),
        (f"page:read:{HASH}:", "entry 1 (page): the tenant must be 1 to 128"),
        (f"page:read:{HASH}:{'t' * 129}", "entry 1 (page): the tenant"),
        (f"page:read:{HASH}:a\x00b", "entry 1 (page): the tenant"),
        (f"page:read:{HASH}: school", "entry 1 (page): the tenant"),
        (f":read:{HASH}", "entry 1: the name must be 1 to 40 letters"),
        (f"my page:read:{HASH}", "entry 1: the name"),
        (f"page:read:{HASH},", "entry 2: the name"),
        (f"page:read:{HASH},page:admin:{OTHER}", "entry 2 (page): another entry has this name"),
        (f"page:read:{HASH},own:admin:{HASH}", "entry 2 (own): another entry has this token"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_by_its_number_and_name(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match="entry") as caught:
        parse_tokens(text)
    assert fault in str(caught.value)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ValueError, match="entry") as caught:
        parse_tokens(f"page:write:{HASH[1:]},own:admin")
    assert str(caught.value).count("entry 1 (page)") == 2
    assert "entry 2 (own)" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "{secret}",
        "{secret}:read:{hash}",
        "page:{secret}",
        "page:{hash}:read",
        "page:read:{secret}",
        "{hash}:read:page",
        "page:read:{hash} x",
        "page:read:{hash}::",
        "page:read:{hash}: {secret}",
    ],
)
def test_no_fault_shows_the_hash_or_what_may_be_the_token(text: str) -> None:
    secret, token = new_token("page", {Scope.READ}, None)
    digest = token.digest.hex()
    try:
        shown = repr(parse_tokens(text.format(secret=secret, hash=digest)))
    except ValueError as error:
        shown = str(error)
    assert digest not in shown
    assert secret not in shown


def test_a_token_shows_nothing_of_its_hash() -> None:
    (token,) = parse_tokens(f"lms:trigger+read:{HASH}:school")
    assert str(token) == "lms (read+trigger, tenant school)"
    assert HASH not in f"{token} {token!r}"


def test_a_new_token_has_256_random_bits_and_an_entry_that_can_be_read_back() -> None:
    secret, token = new_token("lms", {Scope.TRIGGER, Scope.READ}, "school:7")
    assert secret.startswith("aivo_")
    assert len(secret) == len("aivo_") + 43
    assert token.digest == sha256(secret.encode()).digest()
    assert parse_tokens(token.entry()) == (token,)
    assert new_token("lms", {Scope.READ}, None)[0] != secret


@pytest.mark.parametrize(
    ("name", "tenant"), [("", None), ("a:b", None), ("a,b", None), ("a", "b,c"), ("a", "")]
)
def test_what_could_not_stand_in_the_list_is_refused(name: str, tenant: str | None) -> None:
    with pytest.raises(ValueError, match=r"must|cannot"):
        new_token(name, {Scope.READ}, tenant)


def test_the_token_that_was_given_is_found_wherever_it_stands() -> None:
    made = [new_token(f"n{number}", {Scope.READ}, None) for number in range(3)]
    tokens = [token for _, token in made]
    for secret, token in made:
        assert find_token(tokens, secret) == token


@pytest.mark.parametrize("given", ["", "aivo_", HASH, "\udce4\udcff", "\ud800", "x" * 100_000])
def test_anything_else_is_none_of_them(given: str) -> None:
    tokens = parse_tokens(f"page:read:{HASH}")
    assert find_token(tokens, given) is None


def test_a_token_is_compared_whole() -> None:
    secret, token = new_token("page", {Scope.READ}, None)
    for wrong in (secret[:-1], secret + "x", secret.upper(), f" {secret}"):
        assert find_token([token], wrong) is None
    assert digest_of(secret) == token.digest
