"""`forefolio glossary`: words, alone and all together."""

from tests.cli.conftest import Forefolio

from forefolio.views.glossary import GLOSSARY


def test_a_word_is_explained_with_its_unit(forefolio: Forefolio) -> None:
    said = " ".join(forefolio("glossary", "drawdown").out.split())
    assert said.startswith("drawdown: The fall from the highest value") and "negative" in said


def test_without_a_word_all_are_listed_in_the_alphabet(forefolio: Forefolio) -> None:
    out = forefolio("glossary").out
    assert all(f"{name}: " in out for name in GLOSSARY)
    assert list(GLOSSARY) == sorted(GLOSSARY, key=str.lower)


def test_a_misspelt_word_is_answered_with_one_that_is_there(forefolio: Forefolio) -> None:
    said = forefolio("glossary", "turnovre")
    assert said.code == 2 and "did you mean 'turnover'?" in said.err
