# Every command of the help desk. Needs only make and a Python 3.8 or later: the rest is set up on first use.

# The first Python that answers (a pyenv shim may not), for the set-up only.
ifndef PYTHON
PYTHON := $(shell for python in python3 /usr/bin/python3 python3.13 python3.12 python3.11 python3.10 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null && echo "$$python" && break; done)
PYTHON := $(or $(PYTHON),python3)
endif
SITE := .venv/bin/python
RASA := .venv-rasa/bin/python
export RASA_TELEMETRY_ENABLED := false
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help serve cluster test lint format train evaluate fuzz fuzz-routes bench bench-console bench-load faults lock communes settings pictures user site dev rasa backup restore upgrade

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: site ## start everything; the site answers at http://127.0.0.1:8080 (PORT=, RASA_PORT=, ACTIONS_PORT= for others)
	@exec $(SITE) -m supervisor

cluster: site rasa ## the same as several machines would: everything twice behind nginx (OPTIONS=restart: restart it bit by bit)
	@exec $(SITE) -m cluster $(OPTIONS)

test: dev rasa ## run the tests of both environments
	@$(SITE) -m supervisor.model
	@$(SITE) -m scripts.run_tests

lint: dev ## check style, types and the data files
	$(SITE) -m ruff check .
	$(SITE) -m ruff format --check .
	$(SITE) -m mypy
	$(SITE) -m scripts.document_settings --check
	$(SITE) -m scripts.lint_corpus
	$(SITE) -m scripts.lint_lexicon

format: dev ## lay the code out and put the imports in order
	$(SITE) -m ruff check --select I --fix .
	$(SITE) -m ruff format .

train: site rasa ## train a model where none fits the data (FORCE=1: in any case)
	@$(SITE) -m supervisor.model $(if $(FORCE),--force)

user: site ## make an account and print a link to set its password: EMAIL= ROLE=officer|trainer|admin ANTENNA=
	@$(SITE) -m website.accounts.command "--email=$(EMAIL)" "--role=$(ROLE)" "--antenna=$(ANTENNA)"

evaluate: ## classify labelled questions: QUESTIONS=f.jsonl OUT=f.json
	@if [ -z "$(QUESTIONS)" ] || [ -z "$(OUT)" ]; then echo "usage: make evaluate QUESTIONS=f.jsonl OUT=f.json" >&2; exit 2; fi
	@$(MAKE) --no-print-directory train
	@$(RASA) -m scripts.evaluate --questions "$(QUESTIONS)" --out "$(OUT)"

bench: dev rasa ## compare with other ways of doing the same; writes docs/benchmarks.md (OPTIONS=)
	@$(SITE) -m bench $(OPTIONS)

bench-console: dev ## measure the console's lists and search on 10,000 conversations (OPTIONS=--database …)
	@$(SITE) -m bench.console $(OPTIONS)

bench-load: dev rasa ## measure many members at once, beside the stock pipeline and twofold; writes docs/load.md (OPTIONS=)
	@$(SITE) -m bench.load $(OPTIONS)

faults: dev ## kill everything under load and count what is lost: SEED=, KILLS=, MESSAGES= (OPTIONS=--real for Rasa itself)
	@$(SITE) -m faults --seed $(or $(SEED),1) --kills $(or $(KILLS),300) --messages $(or $(MESSAGES),20000) $(OPTIONS)

# One thread of the linear algebra, as Rasa serves: a second one waits for a processor where something else runs.
fuzz: export OPENBLAS_NUM_THREADS := 1
fuzz: train ## 100,000 odd messages through the reader: NUMBER=, SEED= for others
	@$(RASA) -W ignore -m scripts.fuzz --number $(or $(NUMBER),100000) --seed $(or $(SEED),1)

fuzz-routes: dev ## 10,000 odd calls of every route of the site: CALLS=, SEED= for others
	@$(SITE) -m scripts.fuzz_routes --calls $(or $(CALLS),10000) --seed $(or $(SEED),1)

backup: site ## save database, trackers, data files and keys in one file under BACKUP_DIR (var/backups)
	@$(SITE) -m scripts.backup

restore: site ## take a backup back: FILE=var/backups/….tar; what was erased since then stays erased
	@if [ -z "$(FILE)" ]; then echo "usage: make restore FILE=var/backups/….tar" >&2; exit 2; fi
	@$(SITE) -m scripts.restore "$(FILE)"

upgrade: ## bring an installation to the newest version, or to REF=; back again where that fails (OPTIONS=)
	@$(PYTHON) scripts/upgrade.py --ref "$(REF)" $(OPTIONS)

settings: site ## write docs/settings.md anew
	@$(SITE) -m scripts.document_settings

pictures: dev ## make the pictures of the guides anew (needs Chromium)
	@$(SITE) -m scripts.make_pictures

lock: ## resolve the lock files anew from requirements/*.in (UPGRADE=1: to the newest versions)
	@$(PYTHON) -m scripts.lock $(if $(UPGRADE),--upgrade)

communes: ## build data/communes/ anew from the public data sets (needs npm and the network)
	@$(PYTHON) -m scripts.fetch_communes

site:
	@$(PYTHON) scripts/setup.py site

dev:
	@$(PYTHON) scripts/setup.py dev

rasa:
	@$(PYTHON) scripts/setup.py rasa
