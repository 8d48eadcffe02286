"""What trainers changed is accepted by Rasa's own tools."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.actions.server import ROOT
from tests.bot.conftest import CURRENT, rasa_environment
from tests.bot.data import EXAMPLES, copy_data
from understanding.corpus import read_corpus

SESSION = """
    import sys
    from pathlib import Path
    from corpus.categories import CategoryWriter
    from corpus.edition import Origin
    from corpus.regressions import RegressionWriter
    from corpus.writer import CorpusWriter

    folder = Path(sys.argv[1])
    writer = CorpusWriter(folder)
    studio, member = Origin("studio", account="ab12"), Origin("member", conversation_id="1e5")
    nasty = ['a: b # c', '"quoted" \\\\ back', "- tiret", "100 % d'acier", "« oui » …", "é 😀", "no"]
    nasty += ["12:30", "{x: [y]}"]
    writer.add("formation", [(f"{text} à former", studio) for text in nasty])
    writer.add("emploi_metiers", [(f"{text} à recruter", member) for text in nasty], private=True)
    edition = writer.read()
    writer.edit(edition.by_intent["formation"][0].id, "Former : dix # soudeurs")
    writer.move([one.id for one in edition.by_intent["juridique"][:2]], "formation")
    writer.delete([one.id for one in edition.by_intent["saluer"][:2]])
    private = [one for one in writer.read().sentences if one.private]
    writer.rewrite_private(private[0].id, "Recruter quelqu'un : comment ?")
    categories = CategoryWriter(writer)
    categories.add("Achats", "Acheter : bien.", examples=[(f"{text} à acheter", studio) for text in nasty])
    categories.merge("evenement", "adhesion")
    categories.retire("international")
    RegressionWriter(folder).add("Où acheter ?", "achats", origin=member)
"""
READ = """
    import json, sys
    from pathlib import Path
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
    found = []
    for file in sorted(Path(sys.argv[1]).rglob("nlu/**/*.yml")):
        data = RasaYAMLReader().read(str(file))
        found += [(message.get("intent"), message.get("text")) for message in data.intent_examples]
    print(json.dumps(found))
"""


def _run(program: str, data: Path, python: Path | str) -> str:
    lines = [line.removeprefix("    ") for line in program.splitlines()]
    command = [str(python), "-c", "\n".join(lines), str(data)]
    environment = {**rasa_environment(data), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_rasa_reads_what_trainers_changed(tmp_path: Path) -> None:
    """By its own reader, and by our importer."""
    data = copy_data(tmp_path / "data")
    _run(SESSION, data, CURRENT)
    ours = Counter((example.intent, example.text) for example in read_corpus(data / "nlu"))
    theirs = Counter((intent, text) for intent, text in json.loads(_run(READ, data, sys.executable).splitlines()[-1]))
    assert theirs == ours
    assert ours["formation", "a: b # c à former"] and ours["formation", "Former : dix # soudeurs"]
    imported = json.loads(_run("from tests.bot.probe_importer import main; main()", data, sys.executable))
    assert imported["rules"]["achats"] == "action_orienter" and imported["examples"]["achats"] == 9
    assert imported["examples"]["adhesion"] == 2 * EXAMPLES and imported["examples"]["emploi_metiers"] == EXAMPLES + 9
    assert not {"evenement", "international"} & {*imported["rules"], *imported["examples"]}


def test_rasa_validates_what_trainers_changed(tmp_path: Path) -> None:
    data = copy_data(tmp_path / "data")
    _run(SESSION, data, CURRENT)
    command = [sys.executable, "-m", "rasa", "data", "validate", "--data", str(data), "--fail-on-warnings"]
    done = subprocess.run(command, cwd=ROOT, env=rasa_environment(data), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
