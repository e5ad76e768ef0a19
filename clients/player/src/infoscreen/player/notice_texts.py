"""What the notices say, in each language of the walls."""

from dataclasses import dataclass

from infoscreen.player.decision import Topic

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a notice: what is the matter, and what happens by itself or what a person can do."""

    headline: str
    detail: str = ""


_ENGLISH = {
    Topic.NOT_ENROLLED: Words(
        "This screen is ready to be set up",
        "Create it on the infoscreen's page, which gives it a code. Then run here:\n"
        "sudo infoscreen-player enrol ADDRESS",
    ),
    Topic.REVOKED: Words(
        "This screen was revoked",
        "It may not show anything. To use it again, create it anew on the infoscreen's page and enrol it.",
    ),
    Topic.CONNECTING: Words("Connecting", "The screen asks its server what to show."),
    Topic.UNREACHABLE: Words(
        "The server cannot be reached",
        "This screen keeps trying and goes on by itself. If this stays, check its network cable or Wi-Fi.",
    ),
    Topic.NOTHING_ASSIGNED: Words(
        "Nothing to show yet", "A presentation appears here as soon as an operator assigns it to this screen."
    ),
    Topic.PROCESSING: Words("This presentation is being processed", "It appears here by itself."),
    Topic.LOADING: Words("This presentation is being loaded", "It appears here by itself."),
    Topic.FAILED: Words("This file could not be processed", "Upload it again, or another one."),
    Topic.UNSHOWABLE: Words(
        "This file cannot be shown here",
        "The infoscreen's page says why. The screen tries again by itself; another file may work at once.",
    ),
    Topic.OVERRIDE: Words("Announcement"),
    Topic.IDENTIFY: Words("This screen"),
}
_GERMAN = {
    Topic.NOT_ENROLLED: Words(
        "Dieser Bildschirm kann eingerichtet werden",
        "Legen Sie ihn auf der Seite des Infoscreens an; sie nennt einen Code. Dann hier:\n"
        "sudo infoscreen-player enrol ADRESSE",
    ),
    Topic.REVOKED: Words(
        "Dieser Bildschirm wurde gesperrt",
        "Er darf nichts zeigen. Legen Sie ihn auf der Seite des Infoscreens neu an und melden Sie ihn an.",
    ),
    Topic.CONNECTING: Words("Verbindung wird aufgebaut", "Der Bildschirm fragt seinen Server, was er zeigen soll."),
    Topic.UNREACHABLE: Words(
        "Der Server ist nicht erreichbar",
        "Der Bildschirm versucht es weiter. Bleibt es dabei, prüfen Sie sein Netzwerkkabel oder das WLAN.",
    ),
    Topic.NOTHING_ASSIGNED: Words(
        "Noch nichts zu zeigen", "Eine Präsentation erscheint hier, sobald sie diesem Bildschirm zugewiesen wird."
    ),
    Topic.PROCESSING: Words("Diese Präsentation wird vorbereitet", "Sie erscheint hier von selbst."),
    Topic.LOADING: Words("Diese Präsentation wird geladen", "Sie erscheint hier von selbst."),
    Topic.FAILED: Words(
        "Diese Datei konnte nicht verarbeitet werden", "Laden Sie sie noch einmal hoch, oder eine andere."
    ),
    Topic.UNSHOWABLE: Words(
        "Diese Datei kann hier nicht gezeigt werden",
        "Die Seite des Infoscreens sagt warum. Der Bildschirm versucht es wieder; eine andere Datei geht vielleicht.",
    ),
    Topic.OVERRIDE: Words("Durchsage"),
    Topic.IDENTIFY: Words("Dieser Bildschirm"),
}
_LANGUAGES = {"en": _ENGLISH, "de": _GERMAN}
_ETA = {
    "en": ("Ready in less than a minute.", "Ready in about a minute.", "Ready in about {} minutes."),
    "de": ("Fertig in weniger als einer Minute.", "Fertig in etwa einer Minute.", "Fertig in etwa {} Minuten."),
}
_PAGES = {"en": "Page {} of {}.", "de": "Seite {} von {}."}


def words(topic: Topic, language: str) -> Words:
    """The words of a notice; in English where the language, of which the first part counts, has none."""
    return _LANGUAGES[_known(language)][topic]


def eta_words(minutes: int, language: str) -> str:
    """When something is ready; 0 is less than a minute."""
    return _ETA[_known(language)][min(minutes, 2)].format(minutes)


def page_words(done: int, expected: int, language: str) -> str:
    """How far a conversion is."""
    return _PAGES[_known(language)].format(done, expected)


def _known(language: str) -> str:
    first = language.lower().replace("_", "-").partition("-")[0]
    return first if first in _LANGUAGES else DEFAULT_LANGUAGE
