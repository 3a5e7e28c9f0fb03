"""Sign-in names and sessions in the database, for the running server and for commands beside it alike.

No hashing and no tokens here. Each change is one short transaction that also moves the revision, so that another process
sees it by reading one number.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Update, bindparam, delete, select, update
from sqlalchemy.engine.interfaces import DBAPICursor

from server.ports import SecondFactor, SignInSession, User
from server.storage.backends.backend import DbConnection
from server.storage.tables import schema
from server.storage.tables.rows import from_ms, to_ms
from server.storage.tables.statements import Row, Statement, insert, names, upsert
from tradeterm.protocol.vocabulary import Role, Scope

REVISION = "users"
SIGNED_BY = "signed_by"


class SqlUsers:
    """`server.ports.Users` on SQLite or PostgreSQL."""

    def __init__(self, link: DbConnection) -> None:
        self._link = link
        self._statements = _Statements(link)

    def get(self, name: str) -> User | None:
        row = self._statements.user.one(self._link.connection, name=name)
        return None if row is None else _user(row)

    def password_hash(self, name: str) -> str | None:
        row = self._statements.password_hash.one(self._link.connection, name=name)
        return None if row is None else row[0]

    def add(self, name: str, role: Role, password_hash: str, at: datetime) -> None:
        with self._change() as cursor:
            cursor.execute(*self._statements.user.bound(name=name))
            if cursor.fetchone():
                raise ValueError(f"there is a user {name} already")
            cursor.execute(self._statements.add, (name, role.value, password_hash, 0, to_ms(at), None, 0))

    def set_password(self, name: str, password_hash: str) -> None:
        """Set a new hash; the user's sessions stay as they are. Nothing for a name that is not there."""
        with self._change() as cursor:
            cursor.execute(*self._statements.set_password.bound(name=name, new=password_hash))

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Shut a user out, and end all their sessions, or let them in again."""
        with self._change() as cursor:
            cursor.execute(*self._statements.set_disabled.bound(name=name, new=int(disabled)))
            if disabled:
                cursor.execute(*self._statements.end_all.bound(name=name))

    def set_role(self, name: str, role: Role) -> None:
        """Give a user another role and end all their sessions, which were of the old one."""
        with self._change() as cursor:
            cursor.execute(*self._statements.set_role.bound(name=name, new=role.value))
            cursor.execute(*self._statements.end_all.bound(name=name))

    def second_factor(self, name: str) -> SecondFactor | None:
        row = self._statements.second_factor.one(self._link.connection, name=name)
        return None if row is None or row[0] is None else SecondFactor(*row)

    def set_second_factor(self, name: str, secret: str | None, used_step: int = 0) -> None:
        """None takes it away. `secret` is kept as it is given; up to `used_step` its codes are used."""
        with self._change() as cursor:
            cursor.execute(*self._statements.set_second_factor.bound(name=name, new=secret))
            cursor.execute(*self._statements.use_step.bound(name=name, new=used_step))

    def secret_id(self) -> str | None:
        row = self._statements.fact.one(self._link.connection, name=SIGNED_BY)
        return None if row is None else row[0]

    def note_secret_id(self, secret_id: str) -> None:
        if secret_id != self.secret_id():
            with self._link.transaction() as cursor:
                cursor.execute(self._statements.note, (SIGNED_BY, secret_id))

    def use_step(self, name: str, step: int) -> None:
        """Note that the code of this time step was used. Moves no revision: nobody's right has changed."""
        with self._link.transaction() as cursor:
            cursor.execute(*self._statements.use_step.bound(name=name, new=step))

    def list(self) -> Sequence[User]:
        """By name."""
        return [_user(row) for row in self._statements.users.all(self._link.connection)]

    def open_session(self, session: SignInSession) -> None:
        with self._change() as cursor:
            cursor.execute(self._statements.open, _session_row(session))

    def session(self, session_id: str) -> SignInSession | None:
        """Opened and not closed; it may have expired."""
        row = self._statements.session.one(self._link.connection, id=session_id)
        return None if row is None else _session(row)

    def sessions(self, name: str) -> Sequence[SignInSession]:
        """A user's, the oldest first; expired ones too until they are forgotten."""
        return [_session(row) for row in self._statements.sessions.all(self._link.connection, name=name)]

    def renew_session(self, session_id: str, generation: int, at: datetime) -> None:
        """Note a refresh, so that the tokens before it stay used. Moves no revision: nobody's right has changed."""
        with self._link.transaction() as cursor:
            cursor.execute(*self._statements.renew.bound(id=session_id, new=generation, at=to_ms(at)))

    def close_session(self, session_id: str) -> None:
        with self._change() as cursor:
            cursor.execute(*self._statements.end.bound(id=session_id))

    def close_all_sessions(self, name: str) -> Sequence[str]:
        """The ids of the sessions that were ended."""
        with self._change() as cursor:
            cursor.execute(*self._statements.session_ids.bound(name=name))
            ended = [row[0] for row in cursor.fetchall()]
            cursor.execute(*self._statements.end_all.bound(name=name))
        return ended

    def forget_sessions(self, expired_before: datetime) -> None:
        """Drop the rows of sessions that ended by themselves; they were not live any more."""
        with self._link.transaction() as cursor:
            cursor.execute(*self._statements.forget.bound(before=to_ms(expired_before)))

    def revision(self) -> int:
        row = self._statements.revision.one(self._link.connection)
        return row[0] if row else 0

    def close(self) -> None:
        self._link.close()

    @contextmanager
    def _change(self) -> Iterator[DBAPICursor]:
        with self._link.transaction() as cursor:
            yield cursor
            cursor.execute(*self._statements.moved.bound())


class _Statements:
    def __init__(self, link: DbConnection) -> None:
        users, sessions, counters = schema.USERS, schema.SESSIONS, schema.COUNTERS
        one_user = users.c.name == bindparam("name")
        described = select(users.c.name, users.c.role, users.c.disabled, users.c.created_at)
        one_session = sessions.c.id == bindparam("id")
        renewed: dict[Any, Any] = {sessions.c.generation: bindparam("new"), sessions.c.renewed_at: bindparam("at")}
        counter = counters.c.name == REVISION
        own = sessions.c.user_name == bindparam("name")
        dialect = link.dialect

        self.user = Statement(described.where(one_user), dialect)
        self.users = Statement(described.order_by(users.c.name), dialect)
        self.password_hash = Statement(select(users.c.password_hash).where(one_user), dialect)
        self.add = insert(users, names(users), dialect).sql
        self.set_password = Statement(_set(users.c.password_hash), dialect)
        self.set_disabled = Statement(_set(users.c.disabled), dialect)
        factor = select(users.c.totp_secret, users.c.totp_step)
        self.second_factor = Statement(factor.where(one_user), dialect)
        self.set_second_factor = Statement(_set(users.c.totp_secret), dialect)
        self.use_step = Statement(_set(users.c.totp_step), dialect)
        self.set_role = Statement(_set(users.c.role), dialect)
        self.open = insert(sessions, names(sessions), dialect).sql
        self.session = Statement(select(sessions).where(one_session), dialect)
        self.sessions = Statement(select(sessions).where(own).order_by(sessions.c.opened_at, sessions.c.id), dialect)
        self.session_ids = Statement(select(sessions.c.id).where(own).order_by(sessions.c.id), dialect)
        self.renew = Statement(update(sessions).where(one_session).values(renewed), dialect)
        self.end = Statement(delete(sessions).where(one_session), dialect)
        self.end_all = Statement(delete(sessions).where(own), dialect)
        self.forget = Statement(delete(sessions).where(sessions.c.expires_at < bindparam("before")), dialect)
        meta = schema.META
        self.fact = Statement(select(meta.c.value).where(meta.c.name == bindparam("name")), dialect)
        self.note = upsert(meta, names(meta), ("name",), ("value",), dialect).sql
        self.moved = Statement(update(counters).where(counter).values(value=counters.c.value + 1), dialect)
        self.revision = Statement(select(counters.c.value).where(counter), dialect)


def _set(column: Column[Any]) -> Update:
    return update(schema.USERS).where(schema.USERS.c.name == bindparam("name")).values({column: bindparam("new")})


def _user(row: Row) -> User:
    return User(name=row[0], role=Role(row[1]), disabled=bool(row[2]), created_at=from_ms(row[3]))


def _session_row(session: SignInSession) -> Row:
    """In the order of the table's columns."""
    renewed_at = 0 if session.renewed_at is None else to_ms(session.renewed_at)
    return (
        *(session.id, session.user, session.scope.value, to_ms(session.expires_at)),
        *(session.generation, to_ms(session.opened_at), renewed_at, session.address),
    )


def _session(row: Row) -> SignInSession:
    session_id, user, scope, expires_at, generation, opened_at, renewed_at, address = row
    return SignInSession(
        *(session_id, user, Scope(scope)),
        opened_at=from_ms(opened_at),
        expires_at=from_ms(expires_at),
        address=address,
        generation=generation,
        renewed_at=from_ms(renewed_at) if renewed_at else None,
    )
