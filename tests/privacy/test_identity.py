"""Who the people are that only references know makes no difference: other invented people, the same counts."""

import numpy as np
import pytest

from tests.privacy.linking import exact_counts, held_models, read
from tests.privacy.world import write


@pytest.mark.parametrize("salt", [1, 2])
def test_other_people_in_their_place_give_the_same_exact_counts(base, tmp_path, monkeypatch, salt):
    other = write(tmp_path / "other", salt=salt, blank_lines=0)
    assert {p["name"] for p in other.canaries}.isdisjoint(p["name"] for p in base.world.canaries)
    intakes, window = read(other.campaign)
    assert intakes.audited.frame.equals(base.intakes.audited.frame)
    with held_models(base.models, monkeypatch):
        key, exact = exact_counts(intakes, window, base.births)
    assert key != base.key  # other inputs, hence another draw of noise
    for name, table in exact.items():
        assert table.labels.equals(base.exact[name].labels)
        for column, values in table.values.items():
            assert np.array_equal(values, base.exact[name].values[column]), (name, column)


def test_the_world_has_such_people_and_they_are_counted(base):
    assert len(base.world.canaries) > 200
    assert base.exact["county"].values["c"][0] == pytest.approx(len(base.world.canaries), abs=2)
