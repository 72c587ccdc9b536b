"""The quality sheet: `docs/quality.md` and its plot, written from a study."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from assistant.quality.measure import Figures, Tally
from assistant.quality.study import Study

STYLES = {
    "officiel": "question officielle", "standard": "courant", "telegraphique": "télégraphique", "implicite": "implicite", "narratif": "récit",
    "fautes": "fautes", "sms": "SMS", "note_operateur": "note d'opérateur", "capitales_sans_accents": "capitales", "oral": "parlé", "colere": "colère",
    "ancien_nom": "ancien nom", "confusable": "à ne pas confondre", "multi": "plusieurs demandes", "faux_positif_urgence": "fausse urgence",
}  # fmt: skip
KINDS = {
    "procedure": "démarche",
    "clarify": "à préciser",
    "out_of_scope": "hors périmètre",
    "urgence": "urgence",
    "dialogue": "tour de dialogue",
}


def write(study: Study, folder: Path) -> None:
    """`quality.md` and `quality.svg` in the folder."""
    plot(study, folder / "quality.svg")
    environment = Environment(
        loader=PackageLoader("assistant.quality"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        autoescape=False,  # noqa: S701  Markdown, of our own figures
    )  # fmt: skip
    environment.filters |= {"percent": percent, "tally": tally}
    page = environment.get_template("quality.md.jinja").render(
        study=study, today=date.today().isoformat(), styles=STYLES, kinds=KINDS, rows=_rows(study)
    )
    (folder / "quality.md").write_text(page, encoding="utf-8")


def percent(share: float) -> str:
    """0.937 → 93,7 %."""
    return f"{100 * share:.1f} %".replace(".", ",")


def tally(counted: Tally) -> str:
    """295/315 and its share; a dash where nothing was counted."""
    return f"{counted.right}/{counted.of} ({percent(counted.share)})" if counted.of else "–"


def _rows(study: Study) -> list[tuple[str, Any]]:
    """The lines of the first table: what is counted, and how it is read off the figures of a set."""

    def row(name: str, read: Any) -> tuple[str, list[str]]:
        return name, [read(figures) for figures in study.sets.values()]

    rows = [row(f"{title}", lambda f, k=kind: tally(f.kinds[k])) for kind, title in KINDS.items()]
    return [
        *rows,
        row("partenaire juste", lambda f: tally(f.partner)),
        row("bonne démarche parmi les trois premières", lambda f: tally(f.first_three)),
        row("plusieurs demandes dans un message", lambda f: tally(f.several)),
        row("fausses alertes d'urgence", lambda f: f"{f.false_alarm.right} sur {f.false_alarm.of}"),
        row("démarches : question posée en retour", lambda f: percent(f.asked_back.share)),
        row("mauvais partenaire parmi les réponses", lambda f: percent(f.wrong_partner.share)),
        row("démarches, partenaires pondérés comme aux guichets", lambda f: percent(f.weighted)),
        row("erreur de calibration (10 classes)", lambda f: f"{f.calibration_error:.3f}".replace(".", ",")),
    ]


def plot(study: Study, path: Path) -> None:
    """Three panels: calibration, learning curve, misspelt messages."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"svg.hashsalt": "quality", "font.size": 9})
    figure, (left, middle, right) = pyplot.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    _calibration(left, study.sets)
    middle.plot([n for n, _ in study.learning], [100 * share for _, share in study.learning], marker="o")
    middle.set(title="Selon le nombre de phrases", xlabel="phrases d'entraînement", ylabel="démarches justes (%)")
    names = [str(name) for name in study.slips]
    right.bar(names, [100 * share for share in study.slips.values()])
    right.set(
        title="Avec des fautes de frappe",
        xlabel="fautes dans le message",
        ylabel="démarches justes (%)",
        ylim=(50, 100),
    )
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _calibration(axes: Any, sets: dict[str, Figures]) -> None:
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for name, figures in sets.items():
        curve = figures.curve
        axes.plot([sure for sure, _, _ in curve], [true for _, true, _ in curve], marker="o", label=name)
    axes.set(title="Sûreté annoncée, justesse constatée", xlabel="probabilité annoncée", ylabel="part de justes")
    axes.legend(fontsize=7)
