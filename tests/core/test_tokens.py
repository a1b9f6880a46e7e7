"""Texts as tokens: what meets what, and that the same text is always the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.tokens import Kind, stem, tokenizer, weak

TERMS = (("tail call", "尾调用"), ("verifier", "验证器", "校验器"))
CUT = tokenizer(TERMS)


def meet(one: str, other: str) -> set[int]:
    return {token for token in CUT.tokens(one) if not weak(token)} & set(CUT.tokens(other))


@given(st.text())
def test_a_text_is_always_the_same_tokens_each_once_and_each_fits_its_column(text: str) -> None:
    tokens = CUT.tokens(text)
    assert tokens == CUT.tokens(text) == tokenizer(TERMS).tokens(text)
    assert len(set(tokens)) == len(tokens)
    assert all(0 <= token < 2**31 for token in tokens)


@given(st.text(st.sampled_from("abzé验证器内核_-. 5９Ａ｡")))
def test_width_and_case_do_not_count(text: str) -> None:
    assert CUT.tokens(text) == CUT.tokens(unicodedata.normalize("NFKC", text).upper())


@pytest.mark.parametrize("text", ["内核", "权限", "容器", "TC", "Go", "锁", "5.10", "C", "々"])
def test_short_words_are_tokens(text: str) -> None:
    assert meet(text, f"请问 {text} 怎么用?")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("验证器报错", "the verifier"),
        ("校验器", "verifiers"),
        ("尾调用", "Tail-calls"),
        ("两层尾调用", "too many tail calls"),
    ],
)
def test_spellings_of_one_term_meet(one: str, other: str) -> None:
    assert {token & 3 for token in meet(one, other)} == {Kind.TERM}


def test_a_term_is_whole_words() -> None:
    assert not meet("尾调用", "tailcalling")
    assert not meet("尾调用", "a tail, then some calls")


def test_an_identifier_is_found_whole_and_in_parts() -> None:
    assert len(meet("bpf_probe_read_user", "bpf_probe_read_user")) == 5
    assert meet("bpf_probe_read_user", "probe")
    assert meet("CO-RE", "co-re")


def test_a_version_is_found_whole_only() -> None:
    assert meet("内核 5.10", "kernel 5.10")
    assert not meet("5.10", "5.15")


def test_question_words_say_nothing() -> None:
    assert all(map(weak, CUT.tokens("这是什么？ what is it")))


@pytest.mark.parametrize(
    "words",
    [
        "attach attached attaching",
        "load loads loading",
        "class classes",
        "library libraries",
        "verify verified verifies",
    ],
)
def test_endings_do_not_count(words: str) -> None:
    assert len(set(map(stem, words.split()))) == 1


def test_other_terms_are_another_version() -> None:
    assert CUT.fingerprint != tokenizer(()).fingerprint == tokenizer(()).fingerprint
