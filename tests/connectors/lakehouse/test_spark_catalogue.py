"""Tables of a catalogue in Spark: what is run there, and that nothing is claimed; without Spark."""

from contextlib import contextmanager

import pyarrow as pa
import pytest

from privacykit.connectors.lakehouse.connector import LakeConnector
from privacykit.connectors.lakehouse.rows.hits import rows_with
from privacykit.connectors.lakehouse.spark.catalogue import SparkCatalogueTables
from privacykit.connectors.lakehouse.spark.frames import SparkFrames
from privacykit.connectors.lakehouse.spark.statements import freeing
from privacykit.errors import DataMapError, StoreError
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Effect
from privacykit.settings.lakes import open_lake
from privacykit.settings.paths import Paths
from tests.connectors.lakehouse.lakes import ANNA, MAP, arrow, visits, whom
from tests.connectors.lakehouse.test_spark_plans import MAPPED


class StandInFrames(SparkFrames):
    """A session with one table, that notes what is run there."""

    def __init__(self, kind="delta"):
        super().__init__(None)
        self.kind, self.said, self.sets, self.merged = kind, [], {}, None
        self.rows = arrow(visits())

    @contextmanager
    def doing(self, what, name):
        """Do nothing: nothing fails."""
        del what, name
        yield

    def run(self, statement, frames):
        """Note it; what is asked of the catalogue is answered."""
        if statement.startswith("SHOW TABLES"):
            return [["shop", "visits", False], ["shop", "seen", False], ["", "ours", True]]
        if statement.startswith("SHOW VIEWS"):
            return [["shop", "seen", False, False]]
        if statement.startswith("DESCRIBE"):
            return [["id", "bigint", None], ["Provider", self.kind, None]][: 2 if self.kind else 1]
        self.said.append(statement)
        self.merged = frames.get("privacykit_gone", self.merged)
        return []

    def sent(self, table):
        """Return it as it is."""
        return table

    def set(self, key, value):
        """Note it."""
        self.sets[key] = value

    def table(self, name):
        """Return what is asked of a frame: here the table itself."""
        assert name == "`main`.`shop`.`visits`"
        return StandInFrame(self.rows)

    def answer(self, query, frames, values):
        """Return the rows in which a value occurs."""
        del query, frames
        (texts,) = values.values()
        batch = self.rows.combine_chunks().to_batches()[0]
        return pa.Table.from_batches([batch.filter(rows_with(batch, texts))])

    def streamed(self, query, frames, values, schema):
        """Yield all rows."""
        del query, frames, values, schema
        yield from self.rows.to_batches()


class StandInFrame:
    """A frame that is an Arrow table."""

    def __init__(self, rows):
        self._rows = rows

    def limit(self, number):
        """Return so many rows."""
        return StandInFrame(self._rows.slice(0, number))

    def toArrow(self):  # noqa: N802 - as PySpark calls it
        """Return them."""
        return self._rows

    def count(self):
        """Return how many."""
        return self._rows.num_rows


def lake(kind="delta"):
    """Return frames, and the connector over them."""
    frames = StandInFrames(kind)
    tables = SparkCatalogueTables(frames, ("main", "shop"))
    return frames, LakeConnector(parse_datamap(MAP.format(kind="spark")), "lake", tables)


def test_rows_of_a_catalogue_are_found():
    """Tables only: a view shows rows of others."""
    _, at = lake()
    assert [table.name for table in at.schema()] == ["visits"]
    assert (at.size("visits"), len(list(at.find("visits", whom())))) == (36, 12)
    assert sum(hit.rows for hit in at.search([ANNA], whom())) == 12
    assert len(list(at._all("visits"))) == 36
    at.close()


def test_rows_go_by_a_merge_that_names_no_value():
    """With what changes beside what goes."""
    frames, at = lake()
    keys = [target.key for target in at.find("visits", whom())]
    at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    (merge,) = frames.said
    assert merge.startswith("MERGE INTO `main`.`shop`.`visits` AS t USING privacykit_gone AS s ON ")
    assert "(t.`email` IS NOT DISTINCT FROM s.`email`)" in merge
    assert merge.endswith(" WHEN MATCHED AND s.privacykit_gone THEN DELETE")
    assert ANNA not in merge
    assert {row["email"] for row in frames.merged.to_pylist()} == {ANNA}
    at.apply([Work(at.step("visits", Action.RECTIFY, None), keys)], whom(changes={"page": "/new"}))
    assert frames.said[1].endswith("THEN UPDATE SET t.`page` = s.`privacykit_new_page`")


@pytest.mark.parametrize("kind", ["delta", "iceberg"])
def test_no_level_is_claimed_over_files_that_are_not_seen(kind):
    """Every step is run, and named in the receipt."""
    frames, at = lake(kind)
    assert at.settle(["visits"], Effect.LOGICAL, [ANNA]).effect is Effect.LOGICAL
    assert frames.said == []
    told = at.settle(["visits"], Effect.ERASED, [ANNA])
    assert (told.effect, told.bytes_searched) == (Effect.LOGICAL, 0)
    assert tuple(frames.said) == freeing(kind, ("main", "shop"), "visits")
    assert all(step in told.remains[0] for step in frames.said)
    assert list(frames.sets.values()) == (["false"] if kind == "delta" else [])


def test_the_steps_of_each_format_are_its_own():
    """Names are quoted, in a text too."""
    delta = freeing("delta", ("main", "a`b"), "t")
    assert delta == (
        "REORG TABLE `main`.`a``b`.`t` APPLY (PURGE)",
        "VACUUM `main`.`a``b`.`t` RETAIN 0 HOURS",
    )
    iceberg = freeing("iceberg", ("main", "shop"), "it's")
    assert all(it.startswith("CALL `main`.system.") for it in iceberg)
    assert all(r"table => '`shop`.`it\'s`'" in it for it in iceberg)


@pytest.mark.parametrize(("kind", "said"), [("parquet", "format parquet"), ("", "does not name")])
def test_another_format_is_refused(kind, said):
    """Spark takes no merge into it; rows are found all the same."""
    frames, at = lake(kind)
    keys = [target.key for target in at.find("visits", whom())]
    with pytest.raises(StoreError, match=rf"{said}.*PK442"):
        at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    assert frames.said == []


def test_the_plan_says_that_nothing_is_searched():
    """Before anybody says yes."""
    _, at = lake()
    assert any("nothing is searched there" in it for it in at.outlook("visits", whom()))
    assert list(at.outlook("visits", whom("nobody@lake.example"))) == []


@pytest.mark.parametrize("namespace", ["shop", "a.b;c", "a..b", ""])
def test_a_namespace_has_its_catalogue(tmp_path, namespace):
    """`catalogue.schema`, and nothing that SQL would read."""
    found = parse_datamap(MAPPED.format(options=f'namespace = "{namespace}"'))
    with pytest.raises(DataMapError, match="PK441"):
        open_lake(found, "lake", Paths(tmp_path), "m")
