"""What people read is there in both languages, and says the same."""

import re
from pathlib import Path

import pytest

from tests.support import ROOT

PAGES = sorted(page.relative_to(ROOT) for page in (*ROOT.glob("*.zh-CN.md"), *ROOT.glob("docs/*.zh-CN.md")))
FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def english(page: Path) -> Path:
    return page.with_name(page.name.replace(".zh-CN", ""))


def prose(page: Path) -> str:
    """The page without its code blocks, in which # is no heading."""
    return FENCE.sub("", (ROOT / page).read_text("utf-8"))


def headings(page: Path) -> list[str]:
    return re.findall(r"^#+ .+", prose(page), re.M)


def levels(page: Path) -> list[int]:
    return [heading.index(" ") for heading in headings(page)]


def code(page: Path) -> list[str]:
    """The page's code blocks without their comments."""
    return [re.sub(r"\s+# .*", "", block) for block in FENCE.findall((ROOT / page).read_text("utf-8"))]


def anchors(page: Path) -> set[str]:
    """What can be linked to: the headings as GitHub spells them in addresses."""
    return {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in headings(page)}


def test_each_page_for_those_who_run_herald_is_there_in_chinese() -> None:
    names = {str(english(page)) for page in PAGES}
    assert names == {"README.md", *(f"docs/{page.name}" for page in ROOT.glob("docs/*.md") if "zh-CN" not in page.name)}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_has_the_same_sections_in_both_languages_and_each_leads_to_the_other(page: Path) -> None:
    assert levels(page) == levels(english(page))
    assert prose(page).split("\n")[2] == f"[English]({english(page).name})"
    assert prose(english(page)).split("\n")[2] == f"[中文]({page.name})"


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "docs"], ids=str)
def test_what_is_to_be_typed_is_the_same_in_both_languages(page: Path) -> None:
    assert code(page)
    assert code(page) == code(english(page))


@pytest.mark.parametrize("page", [ROOT / "CONTRIBUTING.md", *PAGES, *map(english, PAGES)], ids=lambda page: page.name)
def test_each_link_within_the_docs_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        name, _, anchor = link.partition("#")
        if "://" not in link:
            to = (ROOT / page).parent / name if name else ROOT / page
            assert to.is_file(), link
            assert not anchor or anchor in anchors(to), link
