"""Runs the trainings that are asked for, one at a time, each as a child process of low priority."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from database.storage import Storage
from releases import queue, registry, wishes
from releases.errors import ErasedSourceError, ReleaseError, RetiredModelError
from releases.hashes import data_hash
from releases.models import Training, TrainingStatus
from releases.stages import Forecast
from settings import ROOT
from supervisor import model
from supervisor.keeper import Keeper, as_made, remove
from supervisor.processes import OWN_NAME, Control, Process, Supervisor
from supervisor.training_run import UNKNOWN, Run, why
from understanding.progress import COMPARING, VARIABLE, Progress

POLITE = ("nice", "-n", "10")
"""Installing and training leave the processor to the page that is already served."""
LOOK_EVERY_S = 1.0
REPORT_EVERY_S = 1.0
AGAIN_S = 5.0
"""Before the database is asked again that did not answer."""
AWAY = (SQLAlchemyError, OSError)
UNCOMPARED = "La comparaison avec la version en service n’a pas abouti\u00a0; la nouvelle version est utilisable."
COMPARE = (sys.executable, "-m", "releases.compare", "--model")
"""Compares a model with the one in service; the model's id follows."""


class Trainings:
    """The runner of one machine.

    Args:
        supervisor: Runs the child processes.
        storage: The database.
        root: The checkout.
        key: Signs models.
        machine: A name that no other running supervisor has.
        environment: Of the child processes.
        rasa: How Rasa is called; that of the checkout's environment where None.
        compare: How a model is compared with the one in service, but for its id; nothing is compared where empty.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        storage: Storage,
        root: Path,
        key: bytes,
        machine: str,
        environment: Mapping[str, str],
        rasa: Sequence[str] | None = None,
        compare: Sequence[str] = (),
    ) -> None:
        self._supervisor = supervisor
        self._storage = storage
        self._root = root
        self._key = key
        self._machine = f"{machine}/"
        self._worker = f"{self._machine}{secrets.token_hex(8)}"
        self._environment = {**environment, VARIABLE: "1"}
        self._rasa = list(rasa) if rasa else None
        self._compare = list(compare)
        self._keeper = Keeper(storage, root, key)
        self._silent = False

    async def run(self) -> None:
        """Take up trainings until everything is being ended."""
        buried = False
        while not self._supervisor.is_stopping():
            try:
                if not buried:
                    async with self._storage.write() as session:
                        await queue.bury_own(session, self._machine)
                    await asyncio.to_thread(model.clear_drafts, self._root)
                    buried = True
                await self._look()
                self._silent = False
            except Exception as error:  # whatever it is, the help desk goes on, and so do later trainings
                self._complain(error)
                await self._supervisor.sleep(AGAIN_S)
            await self._supervisor.sleep(LOOK_EVERY_S)

    def _complain(self, error: Exception) -> None:
        if not self._silent:
            trouble = "la base de données ne répond pas" if isinstance(error, AWAY) else "erreur"
            self._say(f"Entraînements\u00a0: {trouble} ({type(error).__name__})\u00a0; nouvel essai.")
        self._silent = True

    async def _look(self) -> None:
        async with self._storage.read() as session:
            waiting = await queue.is_any_due(session)
        if not waiting:
            await self._keeper.register_new()
            return
        async with self._storage.write() as session:
            training = await queue.claim(session, self._worker)
            earlier = await queue.earlier_durations(session) if training else []
        if training is not None:
            await self._train(training, Run(Forecast.of(earlier, self._is_compared(training))))

    async def _train(self, training: Training, run: Run) -> None:
        code, control = await self._child(training, run, self._command(), "modèle")
        await asyncio.to_thread(model.clear_drafts, self._root)
        if self._supervisor.is_stopping():
            await self._abandon(training)
        elif run.made and not code:
            await self._take_in(training, run, run.made)
        elif control.ended.is_set():
            await self._finish(training, run, TrainingStatus.CANCELLED)
        else:
            await self._finish(training, run, TrainingStatus.FAILED, why(code, run))

    def _is_compared(self, training: Training) -> bool:
        """What goes online by itself waits for no comparison."""
        return bool(self._compare) and not training.go_online

    def _command(self) -> list[str]:
        command = [*POLITE, sys.executable, "-m", "supervisor.model", "--root", str(self._root)]
        return command if self._rasa is None else [*command, "--rasa", shlex.join(self._rasa)]

    async def _child(self, training: Training, run: Run, command: list[str], name: str) -> tuple[int, Control]:
        """Run a child process and say how it gets on.

        Returns:
            Its exit code, and what tells whether its end was asked for.
        """
        control = Control()
        process = Process(name, command, self._environment, ROOT, run.hear)
        reporting = asyncio.create_task(self._report(training, run, control))
        try:
            code = await self._supervisor.run_once(process, control)
        finally:
            reporting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reporting
        run.leave()
        return code, control

    async def _report(self, training: Training, run: Run, control: Control) -> None:
        while not control.ended.is_set():
            try:
                async with self._storage.write() as session:
                    goes_on = await queue.report(
                        session,
                        training.id,
                        self._worker,
                        stage=run.stage,
                        estimate=run.estimate(),
                        log=run.log,
                        durations=run.durations,
                    )
                self._silent = False
                if not goes_on:
                    control.end()
            except AWAY as error:
                self._complain(error)
            await asyncio.sleep(REPORT_EVERY_S)

    async def _take_in(self, training: Training, run: Run, model_id: str) -> None:
        """Register the model that came out, put it online where that was asked for, else compare it."""
        record = self._root / model.MODELS / f"{model_id}.json"
        found = await asyncio.to_thread(model.read_record, record)
        if found is None:
            await self._finish(training, run, TrainingStatus.FAILED, UNKNOWN)
            return
        compared = self._is_compared(training)
        while not self._supervisor.is_stopping():
            try:
                async with self._storage.write() as session:
                    made = await registry.register_model(
                        session, as_made(found), self._key, account_id=training.account_id, figures=found.figures
                    )
                    if training.go_online:
                        await registry.put_online(session, made.id, training.account_id, code=found.code_hash)
                    if not compared:
                        await self._end(session, training, run, TrainingStatus.DONE, model_id=made.id)
                break
            except ReleaseError as error:
                await self._refused(training, run, found, error)
                return
            except AWAY as error:
                self._complain(error)
                await self._supervisor.sleep(AGAIN_S)
        if compared and not self._supervisor.is_stopping():
            run.enter(Progress(COMPARING, 0.0))
            code, control = await self._child(training, run, [*POLITE, *self._compare, model_id], "compare")
            message = UNCOMPARED if code or control.ended.is_set() else ""
            await self._finish(training, run, TrainingStatus.DONE, message, model_id)

    async def _refused(self, training: Training, run: Run, found: model.Model, error: ReleaseError) -> None:
        """A model that may not be used; where the data have changed since, it is made anew without the erased part."""
        erased = isinstance(error, (ErasedSourceError, RetiredModelError))
        again = False
        if erased:
            await asyncio.to_thread(remove, self._root, found.id)
            again = await asyncio.to_thread(data_hash, model.data_folder(self._root)) != found.data_hash
        message = f"{error} Un nouvel entraînement suit." if again else str(error)
        await self._finish(training, run, TrainingStatus.FAILED, message, again=again)

    async def _abandon(self, training: Training) -> None:
        """The supervisor ends while the training runs."""
        with contextlib.suppress(*AWAY):
            async with self._storage.write() as session:
                await queue.bury_own(session, self._worker)

    async def _finish(
        self,
        training: Training,
        run: Run,
        status: TrainingStatus,
        message: str = "",
        model_id: str | None = None,
        again: bool = False,
    ) -> None:
        """End a training, as soon as the database can be told."""
        while True:
            try:
                async with self._storage.write() as session:
                    ended = await self._end(session, training, run, status, message, model_id)
                    if again:
                        await wishes.request_training(session, training.account_id, training.cause, training.go_online)
                    elif ended and status == TrainingStatus.FAILED:
                        await queue.retry_later(session, training)
                break
            except AWAY as error:
                self._complain(error)
                if not await self._supervisor.sleep(AGAIN_S):
                    break
        said = {TrainingStatus.DONE: f"terminé\u00a0: {model_id}", TrainingStatus.CANCELLED: "annulé"}
        self._say(f"Entraînement {training.id} {said.get(status, 'échoué')}. {message}".rstrip())

    async def _end(
        self,
        session: AsyncSession,
        training: Training,
        run: Run,
        status: TrainingStatus,
        message: str = "",
        model_id: str | None = None,
    ) -> bool:
        return await queue.finish(
            session,
            training.id,
            self._worker,
            status,
            message=message,
            model_id=model_id,
            log=run.log,
            durations=run.durations,
        )

    def _say(self, text: str) -> None:
        self._supervisor.journal.line(OWN_NAME, text)
