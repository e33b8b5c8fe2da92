"""Which claims a command stands for: by budget, by name, by section."""

import pytest

from lingen.claims.library import registry
from lingen.scripts.checking.selected import select


def test_the_standard_budget_leaves_out_what_takes_long_and_the_thorough_one_does_not():
    standard, thorough = select([]), select([], thorough=True)
    assert thorough == list(registry.all_claims())
    assert standard == [claim for claim in thorough if not claim.thorough]
    assert 0 < len(standard) < len(thorough)


def test_a_claim_that_takes_long_is_checked_by_its_name():
    name = next(claim.name for claim in registry.all_claims() if claim.thorough)
    assert [claim.name for claim in select([name])] == [name]


def test_a_section_chooses_and_an_unknown_one_is_refused():
    assert {claim.section for claim in select([], "c")} == {"C"}
    with pytest.raises(ValueError, match="--section must be one of"):
        select([], "Z")
