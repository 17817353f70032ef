"""What the next build rebuilds, whether the previous build succeeded or not."""

from pipelines.warehouse import builds
from pipelines.warehouse.builds import Code
from pipelines.warehouse.store import Warehouse

ONE = Code("one", {"staging": "s1", "fact": "f1", "other": "o1"})
# The staging model changed, and therefore the fact that reads it.
TWO = Code("two", {"staging": "s2", "fact": "f2", "other": "o1"})


def stale(warehouse: Warehouse, code: Code) -> set[str]:
    """The models that dbt rebuilds, read from the ledger in the same way as macros/build_control.sql does."""
    rows = warehouse.connection.execute("select model from ledger.built_model").fetchall()
    return set(code.models) - {model for (model,) in rows}


def build(warehouse: Warehouse, code: Code) -> None:
    builds.begin(warehouse, code)
    builds.end(warehouse, code)


def test_the_first_build_rebuilds_everything_and_the_next_one_nothing(warehouse: Warehouse) -> None:
    assert builds.begin(warehouse, ONE)
    builds.end(warehouse, ONE)
    assert (warehouse.is_whole(), warehouse.built_version()) == (True, "one")
    assert not builds.begin(warehouse, ONE)
    assert stale(warehouse, ONE) == set()
    assert not warehouse.is_whole()


def test_a_change_makes_what_it_changes_again(warehouse: Warehouse) -> None:
    build(warehouse, ONE)
    assert not builds.begin(warehouse, TWO)
    assert stale(warehouse, TWO) == {"staging", "fact"}
    builds.end(warehouse, TWO)
    assert not builds.begin(warehouse, TWO)
    assert stale(warehouse, TWO) == set()


def test_what_a_crashed_build_began_is_made_again_until_a_build_succeeds(warehouse: Warehouse) -> None:
    build(warehouse, ONE)
    builds.begin(warehouse, TWO)
    # The build crashes; another change is added and its build crashes too; then both changes are reverted.
    third = Code("three", {**ONE.models, "other": "o3"})
    builds.begin(warehouse, third)
    assert stale(warehouse, third) == {"staging", "fact", "other"}
    builds.begin(warehouse, ONE)
    assert stale(warehouse, ONE) == {"staging", "fact", "other"}
    builds.end(warehouse, ONE)
    builds.begin(warehouse, ONE)
    assert stale(warehouse, ONE) == set()


def test_after_a_crash_of_the_first_build_everything_is_made_again(warehouse: Warehouse) -> None:
    builds.begin(warehouse, ONE)
    assert builds.begin(warehouse, ONE)


def test_a_full_refresh_that_crashed_is_one_again(warehouse: Warehouse) -> None:
    build(warehouse, ONE)
    assert builds.begin(warehouse, ONE, full_refresh=True)
    assert builds.begin(warehouse, ONE)


def test_a_forgotten_build_is_made_again(warehouse: Warehouse) -> None:
    build(warehouse, ONE)
    warehouse.forget_build()
    assert builds.begin(warehouse, ONE)


def test_a_new_model_is_stale_and_one_that_is_gone_is_forgotten(warehouse: Warehouse) -> None:
    build(warehouse, ONE)
    other = Code("two", {"staging": "s1", "fact": "f1", "new": "n1"})
    assert not builds.begin(warehouse, other)
    assert stale(warehouse, other) == {"new"}
    builds.end(warehouse, other)
    builds.begin(warehouse, ONE)
    assert stale(warehouse, ONE) == {"other"}


def test_after_a_part_of_what_came_a_whole_build_is_due(warehouse: Warehouse) -> None:
    build(warehouse, ONE)
    warehouse.connection.execute("insert into ledger.change values (1, 'volunteer', 'activity', '2024-01-05')")
    assert not builds.begin(warehouse, ONE, is_all=False)
    assert not warehouse.is_whole()


def test_after_a_part_of_the_changed_models_a_whole_build_is_due(warehouse: Warehouse) -> None:
    build(warehouse, ONE)
    assert not builds.begin(warehouse, ONE, is_all=False)
    assert warehouse.is_whole()
    assert not builds.begin(warehouse, TWO, is_all=False)
    assert not warehouse.is_whole()
    # The partial build may have used the new code: after a revert, its models must be rebuilt all the same.
    builds.begin(warehouse, ONE)
    assert stale(warehouse, ONE) == {"staging", "fact"}
