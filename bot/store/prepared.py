"""Statements that are spelled once for each database, and from then on only run.

What SQLAlchemy does around a statement takes several times as long as SQLite takes for it.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    ClauseElement,
    ColumnElement,
    Connection,
    Dialect,
    Text,
    TypeDecorator,
    bindparam,
    func,
    literal_column,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

Row = Any  # a named tuple
Values = Mapping[str, Any]
NONE: Values = {}
_Convert = Callable[[Any], Any]
_named: Callable[..., Any] = namedtuple  # which columns there are is known only here


class Prepared:
    """One statement, or what makes it of a dialect's name; it is run with a value for each name in it."""

    def __init__(self, spell: ClauseElement | Callable[[str], ClauseElement]) -> None:
        self._spell = spell
        self._spelled: dict[tuple[str, ...], _Spelled] = {}

    def run(self, tx: Connection, values: Values = NONE) -> int:
        """How many rows it changed."""
        return int(self._of(tx, values).execute(tx, values).rowcount)

    def run_each(self, tx: Connection, rows: Sequence[Values]) -> None:
        """Run it with each of these; without any, not at all."""
        if rows:
            self._of(tx, rows[0]).execute_each(tx, rows)

    def all(self, tx: Connection, values: Values = NONE) -> list[Row]:
        """Every row that it gives."""
        spelled = self._of(tx, values)
        return spelled.rows(spelled.execute(tx, values))

    def first(self, tx: Connection, values: Values = NONE) -> Row | None:
        """The first row that it gives, None where there is none."""
        return next(iter(self.all(tx, values)), None)

    def one(self, tx: Connection, values: Values = NONE) -> Row:
        """The row that it gives; ValueError where that is not one."""
        [row] = self.all(tx, values)
        return row

    def each(self, tx: Connection, values: Values = NONE) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self.all(tx, values)]

    def value(self, tx: Connection, values: Values = NONE) -> Any:
        """The first column of the first row, None where there is none."""
        row = self.first(tx, values)
        return row[0] if row else None

    def _of(self, tx: Connection, values: Values) -> "_Spelled":
        key = (tx.dialect.name, *values)
        spelled = self._spelled.get(key)
        if spelled is None:
            statement = self._spell(tx.dialect.name) if callable(self._spell) else self._spell
            spelled = self._spelled[key] = _spelled(statement, tx.dialect, values)
        return spelled


@dataclass(slots=True)
class _Spelled:
    sql: str
    dialect: Dialect
    binds: Sequence[tuple[str, _Convert | None]]
    fixed: Values  # of binds that the statement itself gives
    columns: Sequence[TypeEngine[Any]]
    plain: _Convert | None  # what takes the values out, where none of them is converted
    row: _Convert | None = None
    converts: Sequence[tuple[int, _Convert]] = ()

    def execute(self, tx: Connection, values: Values) -> Any:
        cursor: Any = tx.connection.cursor()
        try:
            return cursor.execute(self.sql, self._bound(values))
        except self.dialect.loaded_dbapi.Error as error:
            raise self._failed(error) from error

    def execute_each(self, tx: Connection, rows: Sequence[Values]) -> None:
        try:
            tx.connection.cursor().executemany(self.sql, [self._bound(values) for values in rows])
        except self.dialect.loaded_dbapi.Error as error:
            raise self._failed(error) from error

    def rows(self, cursor: Any) -> list[Row]:
        found = cursor.fetchall()
        if self.row is None:
            self._describe(cursor.description)
        assert self.row
        return [self.row(self._converted(each)) for each in found] if self.converts else list(map(self.row, found))

    def _bound(self, values: Values) -> Any:
        given = {**self.fixed, **values} if self.fixed else values
        if self.plain:
            return self.plain(given)
        if self.dialect.positional:
            return [convert(given[name]) if convert else given[name] for name, convert in self.binds]
        return {name: convert(given[name]) if convert else given[name] for name, convert in self.binds}

    def _converted(self, found: Sequence[Any]) -> list[Any]:
        values = list(found)
        for at, convert in self.converts:
            values[at] = convert(values[at])
        return values

    def _describe(self, description: Sequence[Sequence[Any]]) -> None:
        names, codes, *_ = zip(*description, strict=True)
        kinds = [kind.dialect_impl(self.dialect) for kind in self.columns]
        converts = [kind.result_processor(self.dialect, code) for kind, code in zip(kinds, codes, strict=True)]
        self.converts = [(at, convert) for at, convert in enumerate(converts) if convert]
        self.row = _named("Row", names, rename=True)._make

    def _failed(self, error: Exception) -> DBAPIError:
        return DBAPIError(self.sql, None, error, hide_parameters=True)


def _spelled(statement: ClauseElement, dialect: Dialect, values: Values) -> _Spelled:
    compiled = statement.compile(dialect=dialect, column_keys=list(values))
    assert isinstance(compiled, SQLCompiler)
    names = compiled.positiontup or list(compiled.params)
    binds = [(name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]
    fixed = {name: compiled.binds[name].value for name in names if not compiled.binds[name].required}
    columns = [column.type for column in getattr(statement, "exported_columns", ())]
    plain = len(names) > 1 and dialect.positional and not any(convert for _, convert in binds)
    return _Spelled(compiled.string, dialect, binds, fixed, columns, itemgetter(*names) if plain else None)


class _Several(TypeDecorator[Sequence[Any]]):
    """Any number of values as one."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: TypeEngine[Any]) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.kind))

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        return json.dumps(list(value or ())) if dialect.name == "sqlite" else list(value or ())


class _Among(FunctionElement[Any]):
    inherit_cache = True


def among(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """Whether a column is one of the values given under `name`; the statement is the same for any number of them."""
    return _Among(column, bindparam(name, type_=_Several(column.type)))


def one_of(dialect: str, column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """Each of the values given under `name`, a row each; they are of the type of a column."""
    given = bindparam(name, type_=_Several(column.type))
    return func.json_each(given).table_valued("value").c.value if dialect == "sqlite" else func.unnest(given)


def written(values: Iterable[str]) -> list[ColumnElement[str]]:
    """Fixed values, for `in_`: written into the statement, which would else be spelled anew each time."""
    return [literal_column(f"'{value}'", Text) for value in values]


@compiles(_Among, "sqlite")
def _among_on_sqlite(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = (compiler.process(each, **how) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(_Among, "postgresql")
def _among_on_postgresql(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, values = (compiler.process(each, **how) for each in element.clauses)
    return f"{column} = ANY ({values})"
