# The front door. `make` alone says what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 8000
PYTHON ?= python3.11
STATE := $(or $(ASSISTANT_STATE_DIR),var)
DATA := $(wildcard ../shared/data)
BIN := .venv/bin
export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONWARNINGS := ignore
# uv is looked for on the machine, and installed beside the environment where it lacks
UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
DIALOGUE := assistant/dialogue
RASA := $(BIN)/rasa

.PHONY: help setup data serve test lint train validate shell conversations quality quality-gate quality-compare bench fuzz veille clean

help: ## Say what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 18

setup: .venv/.done ## Install the environment (.venv)

.venv/.done: pyproject.toml uv.lock | $(UV)
	@echo "Installing the environment (about 2 GB the first time)…"
	$(UV) sync --frozen
	@touch $@

.uv/bin/uv:
	@echo "Installing uv beside the project…"
	@$(PYTHON) -m venv .uv && .uv/bin/python -m pip install --quiet uv

data: setup ## Import the national directory and communes from ../shared/data, where it is
ifneq ($(DATA),)
	@$(BIN)/python scripts/import_if_newer.py $(DATA)
else
	@echo "No ../shared/data: the assistant starts with its own sample of places."
endif

serve: setup data ## Run the assistant on http://127.0.0.1:8000 (PORT=…)
	@$(BIN)/assistant serve --port $(PORT)

train: setup ## Train the model
	@$(BIN)/assistant train

test: setup ## Run every test
	@$(BIN)/python scripts/found.py
	$(BIN)/pytest

lint: setup ## Check style and types
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

validate: setup ## Check Rasa's files (`rasa data validate`), the rules (`rasa test core`) and the catalogue
	$(BIN)/python scripts/validate_rasa.py
	@$(BIN)/assistant catalogue check
	@$(BIN)/assistant train --if-needed
	$(RASA) test core --stories tests/stories --model $(STATE)/models --out $(STATE)/results --fail-on-prediction-errors

shell: setup ## Talk to the trained model in the terminal (Rasa's shell, with its action server)
	@$(BIN)/assistant train --if-needed
	@$(RASA) run actions --actions actions & server=$$!; trap "kill $$server" EXIT; sleep 5; \
	$(RASA) shell --model $(STATE)/models --endpoints $(DIALOGUE)/endpoints.yml

conversations: setup data ## Drive the evaluation scripts over HTTP and check what they achieve
	@$(BIN)/assistant train --if-needed
	$(BIN)/python -m tests.conversations.runner $(or $(SCRIPTS),../shared/eval/conversations-dev.jsonl)

quality: setup data ## Train from scratch, measure understanding, write docs/quality.md (a quarter of an hour; QUICK=1: four minutes)
	$(BIN)/assistant quality $(if $(QUICK),--quick)

quality-gate: setup data ## Refuse a trained model that recognises a partner less (ACCEPT=1 takes today's figures)
	@$(BIN)/assistant train --if-needed
	$(BIN)/assistant quality gate $(if $(ACCEPT),--accept)

quality-compare: setup data ## Compare pipelines and write docs/quality-compare.md (hours, goes on where it stopped; ONLY=name, AGAIN=1, EPOCHS=of stock Rasa)
	@nice $(BIN)/python -m assistant.quality.compare $(if $(ONLY),--only $(ONLY)) $(if $(AGAIN),--again) $(if $(EPOCHS),--stock-epochs $(EPOCHS))

LONG := $(addprefix bench/,races.py kills.py growth.py fuzz.py machine.py)

bench: setup data ## Measure speed and memory against naive versions and stock Rasa
	@for file in $(filter-out $(LONG),$(wildcard bench/[a-z]*.py)); do echo "== $$file"; $(BIN)/python $$file || exit 1; done

fuzz: setup | $(UV) ## Send the API ten thousand made-up requests: no server error, every refusal in French
	@$(BIN)/assistant train --if-needed
	$(UV) run --script bench/fuzz.py --control && $(UV) run --script bench/fuzz.py

veille: setup ## Say which facts of the catalogue are stale (LINKS=1 tries the addresses, SHEETS=folder compares the sheets)
	$(BIN)/assistant catalogue check $(if $(LINKS),--links) $(if $(SHEETS),--sheets $(SHEETS))

clean: ## Remove what runs left behind
	rm -rf $(STATE) .rasa .pytest_cache .mypy_cache .ruff_cache
