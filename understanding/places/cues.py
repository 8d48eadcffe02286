"""The words around a name that tell whether it is a place, and whose."""

from __future__ import annotations

import re

AT = frozenset("a au aux sur vers pres proche cote entre chez".split())
"""Words that stand before a place: « à », « près de », « entre »."""
HERE = frozenset(
    "base bases basee basees situe situes situee installe installes installee implante implantes implantee "
    "sommes suis site usine atelier ateliers siege bureau bureaux boite societe entreprise pme tpe hangar "
    "adresse commune ville depuis habite loin alentours environs secteur autour tpm usineur implantation "
    "locaux agence labo".split()
)
"""Words that say that the place is the writer’s own."""
OF = frozenset("de d du des".split())
"""« de » in all its forms: announces a place less than « à »."""
SKIPPED = frozenset("le la les l de d du des chez nous ici".split())
"""Words that may stand between such a word and the name."""
ELSEWHERE = frozenset(
    "pas client clients salon salons vol vols pour aeroport donneur fournisseur livrer livre expedier "
    "conference congres tribunal billet train".split()
)
"""Words for what is elsewhere: a customer, a fair, a flight."""
UNITS = frozenset(
    "k ke keuro keuros euro euros e eur m m2 mm cm km kg t h heures heure pieces piece pers personne personnes "
    "salaries salarie jours jour j ans an mois semaines sem minutes min pct machines postes kw kwh tonnes dollars "
    "balles janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split()
)
"""What follows a number that counts something: no département, no postal code, and no commune of that name."""
NUMBERED = frozenset(
    "commande facture devis ref reference plan of lot dossier article piece numero no n contrat ticket bl".split()
)
"""What stands before a number that names a thing: an order, a drawing, a part."""
NUMBER_CUES = frozenset("dans ds departement dep dept dpt".split())
"""What stands before the number of a département."""
LEAD_IN = re.compile(
    r"^(?:(?:"
    r"euh|ben|bah|alors|oui|non|ok|bonjour|bjr|slt|salut|en fait|enfin|pardon|plutot|donc|voila|nous|on|"
    r"je|c|ce|cela|ca|notre|nos|mon|ma|le|la|les|l|site|usine|atelier|boite|entreprise|societe|siege|"
    r"commune|ville|bureaux?|locaux|est|sont|suis|sommes|se|trouve|trouvons|situe[es]*|base[es]*|"
    r"installe[es]*|implante[es]*|habite|maintenant|desormais|a|au|aux|dans|ds|sur|vers|pres|proche|de|du|"
    r"d|cote|en|juste|pas|loin|cp|code|postal|departement|dep|dpt|secteur|region|environs|alentours|"
    r"autour|chez|entre|plus|pays|agglo|agglomeration|metropole"
    r")\s+)+"
)
"""How an answer begins before the name."""
TRAIL = re.compile(r"(?:\s+(?:svp|stp|merci|voila|s il (?:vous|te) plait|quoi|france|cedex|\d{1,2}))+$")
"""How an answer ends behind the name."""
