"""What a text says about where somebody is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["commune", "departement", "area", "outside"]


@dataclass(frozen=True)
class Place:
    """A place that a text names.

    Attributes:
        kind: A commune, a département, an area of several communes, or somewhere outside the two regions.
        text: The words that name it, as written.
        codes: INSEE codes of the communes that it may be (kind commune; kind outside where known).
        departements: Codes of the départements that it covers (kinds departement and area).
        name: How to speak of it, for départements, areas and places outside.
        certain: False where the spelling is doubtful, so that the member should be asked.
    """

    kind: Kind
    text: str
    codes: tuple[str, ...] = ()
    departements: tuple[str, ...] = ()
    name: str = ""
    certain: bool = True

    @property
    def commune(self) -> str | None:
        """The INSEE code where exactly one commune is meant beyond doubt."""
        return self.codes[0] if self.kind == "commune" and self.certain and len(self.codes) == 1 else None

    def as_dict(self) -> dict[str, Any]:
        """A JSON form; `from_dict` reads it back."""
        return {**asdict(self), "codes": list(self.codes), "departements": list(self.departements)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Place:
        """Read the JSON form.

        Raises:
            KeyError: `kind` or `text` is missing.
        """
        return cls(
            kind=data["kind"],
            text=data["text"],
            codes=tuple(data.get("codes", ())),
            departements=tuple(data.get("departements", ())),
            name=data.get("name", ""),
            certain=bool(data.get("certain", True)),
        )
