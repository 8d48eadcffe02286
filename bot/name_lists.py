"""Words by which names of people are found: first names, titles, what stands before and after a name."""

from __future__ import annotations

_FIRST = """
abdel abdelaziz abdelkader abdellah abdou achille adam adel adelaide adele adeline adil adrian adriana adrien adrienne
agathe agnes ahmed aicha aissa aitor alain alan alban albane albert alberto alessandro alessia alex alexandra
alexandre alexia alexis alfred ali alice alicia alina aline alison alix alma alphonse amadou amaia amandine amaury
ambre amelie amina amine amir ana anael anais anastasia ander andre andrea andreas andree andrei andrew angela
angelina angelo anissa anita anna anne annick annie anouk anselme anthony antoine antoinette antonin antonio apolline
ariane arlette armand armelle arnaud arthur assia astrid aubin aude audrey augustin aurelia aurelie aurelien aurore
axel axelle aymeric ayoub baptiste barbara bastien beatrice beatriz benat benedicte benjamin benoit benoite berenice
bernadette bernard berthe bertrand beñat bilal blaise boris brahim brice brigitte bruno camille candice carine carla
carlos caro carole caroline caterina catherine cathy cecile cecilia cedric celia celine cesar chantal charlene charles
charlie charlotte cheikh chloe chris christel christelle christian christiane christina christine christo christophe
christopher cindy claire clara clarisse claude claudia claudie claudine clea clemence clement cleo clotilde colette
colin coline coralie corentin corinne cyprien cyril cyrille dalila damien daniel daniela daniele danielle danny david
deborah delphine denis denise diane didier diego dimitri domi dominique donatien dorian doriane dorothee driss dylan
edgar edith edmond edouard eduardo edwige elena eleonore eliane elias eliott elisa elisabeth elise elliot elodie
eloise elsa elvire emanuel emeline emeric emerick emile emilie emilien emma emmanuel emmanuelle eneko enora enzo eric
erica erik erika ernest erwan esteban estelle esther ethan etienne eugene eugenie eva evan evelyne ewan fabien
fabienne fabio fabrice fanny farid farida fatiha fatima fatou fatoumata faustine felicie felix ferdinand fernand
fernando filipe firmin flavie flavien flo florent florentin florian floriane francesca francesco francine francis
francisco franck francois francoise frank franz fred frederic frederique fredo gabin gabriel gabriela gabriele
gabrielle gael gaelle gaetan gaetane gaspard gaston gauthier gautier genevieve geoffrey geoffroy george georges
georgette georgia gerald geraldine gerard germaine german ghislain ghislaine giacomo gilbert gilberte gilles gino
giovanni gisele giselle giulia giuseppe gladys gontran gonzague gorka greg gregoire gregory guenaelle guilhem
guillaume gustave guy gwenael gwenaelle gwendoline habib hakim hamid hamza hanane hans hassan heidi helena helene
helmut henri henriette henry herbert herve hicham hilaire hippolyte hubert hugo hugues ibrahim idriss ignace igor iker
imane imed inaki ines ingrid irene iris isaac isabel isabelle ismael itziar ivan jacinthe jack jacky jacqueline
jacques jade jamal james jan jana jane janine jason javier jean jeanine jeanne jeannine jennifer jenny jeremie jeremy
jerome jessica jimmy joachim joana joanna joao joaquin jocelyn jocelyne joel joelle joffrey johan johann johanna john
johnny jojo jon jonas jonathan jordan jorge jose jose-maria josefa joseph josephine josette josh joshua josiane
josselin josue joy juan judith juju jules julia julian juliana julie julien juliette julio justin justine kader kamel
karen karim karima karina karine karl katarzyna kate katherine kathy katia katy kelly ken kenza kevin khadija khaled
kim klaus koldo laetitia laila lamine lana lara larbi larissa latifa laura laure laureen laureline laurence laurent
laurie laurine lea leandre leila lena leo leon leonard leonardo leonie leonor leontine leopold leslie leticia lila
lilian liliane lilou lina linda lionel lisa lise lisette livia lizzie loic lola lorena lorenzo lorette loris lou
louane louis louisa louise loup luc luca lucas lucie lucien lucienne lucile lucille ludivine ludo ludovic luis luisa
luka lukas lydia lydie maelle maeva magali magalie maggy mahmoud maia maialen maite malek malika malo mamadou manel
manon manu manuel manuela marc marcel marcelle marcello marco marcos margaret margaux margot marguerite maria mariam
mariana mariane marianne marie marie-laure mariette marilyn marina mario marion marius marjolaine marjorie mark marko
marlene marta marthe martial martina martine martino mary maryline maryse maryvonne mateo mathias mathieu mathilde
mathis mathurin matteo matthias matthieu maud maude maurice mauricette max maxence maxime maximilien maxine mehdi
melanie melina melinda melissa melissande melodie mercedes michael michel michele micheline michelle mickael miguel
mika mikael mike mikel mila milan milena milo mireille mirentxu miriam mohamed mohammed mohand moise momo monica
monika monique morgan morgane mounir mourad moussa muriel murielle mustapha mylene myriam nabil nacer nadege nadia
nadine naima najat nans narcisse nasser nassim natacha natalia natasha nath nathalie nathan nathanael nawel nelly
nerea nestor nico nicolas nicole nikita nina nino noa noam noe noemie nolwenn nora norbert nordine nour oceane octavie
odette odile oksana oleg olga olive olivia olivier ophelie orlane oscar othmane ouassim oumar pablo paco pamela
pantxika paola paolo pascale pascaline patrice patricia patrick patrik patxi paul paula paulette pauline paulo pavel
pedro peggy peio penelope perrine peter petra philip philippe philomene pierre pierrette pierrick pierrot pietro
quentin rachel rachid rachida raf rafael rainer ralph ramon ramuntxo raoul raphael raphaelle raymond raymonde rebecca
regine regis remi remy renaud rene renee reynald ricardo richard rita robert roberta roberto robin rocio rodolphe
rodrigo rodrigue roger roland rolande romain romane romaric romeo romuald ronald ronan rosa rosalie roselyne rosemarie
rosine ruben rudy sabine sabrina sacha said salah salem salim salima sally salome salvador samantha sami samia samir
samira samuel samy sandra sandrine sandy sara sarah saverio seb sebastian sebastien selim selma serena serge sergei
sergio severine shirley sibylle sidonie silvia simon simone sixtine slimane sofia sofiane solange solene solenne sonia
sophia sophie souad soufiane stanislas steeve stefan stefano stella steph stephan stephane stephanie steve steven
suzanne sven svetlana sylvain sylvaine sylvester sylvestre sylvette sylvia sylviane sylvie tanguy tania tarik tatiana
teddy teresa tessa thais thea theo theodore theophile theresa therese thibaud thibault thibaut thierry thomas tiago
tifany tiffany timeo timothee tino titi titouan tobias tom tomas tomasz tommy tony toufik tristan ugo ulysse urbain
ursula valentin valentina valentine valerie valery vanessa vera vero veronique vicky victor victoria viktor vincent
vincenzo virgile virginie viviane vladimir walid walter wassim wendy werner wilfried wilhem william willy xabi xabier
xan xavier ximun yacine yael yan yanis yann yannick yannis yasmina yasmine yoan yoann yohan yohann yolande youcef
younes youssef yvan yves yvette yvon yvonne zacharie zakaria zeinab zelie zinedine zoe zohra
"""

_ALSO_WORDS = """
abel aime aimee amande ambre ange angelique ariane aubin aurore axe axel basile blanche capucine carmen celeste cerise
claire clemence clement colin colombe constant constante cosme desire desiree diane dominique edmee fleur florent
fortune franck garance german gilles guy heloise honore hortense iris jade jasmin jean juste laurier leger leonardo
lilas lou loup lucas manuel manuela marc marguerite marin marine martin maxime melodie modeste octave olive olivier
parfait patience perle pierre prudence prune robin roger roman romane rose sofia sophie titi valentin victoire
violette
"""
"""First names that are words too: names where something says so, or with a capital inside a sentence."""

_PROPER_TOO = """
adam alex ali alma alpha ana ansys apollo ariane avril carla catia celeste charlie chelsea cleo clio creo dakota diego
dylan elena elsa emile eva florence france hermes iris jordan joy juliette ken kim laurent leon linda lisa lola
lourdes mai marius max may megane mercedes mike milan noel octavia oscar paris pascal romeo sage saint sam santiago
sky sydney tom victor vienne zoe zola
"""
"""First names that are also places, days, software, programmes, radio letters: only where something says so."""

_SURNAMES = """
adam andre antoine arnaud aubert aubry bailly barbier baron barre barthelemy benard benoit berger bernard bertin
bertrand besson blanc blanchard bonnet boucher bouchet boulanger bourgeois bouvier boyer breton brun brunet carlier
caron carpentier carre charles charpentier chauvin chevalier chevallier clement colin collet collin cordier cousin
daniel david delaunay denis deschamps dubois dufour dumas dumont dupont dupuis dupuy durand duval etienne fabre faure
fernandez fleury fontaine fournier francois gaillard garcia garnier gauthier gautier gay gerard germain gilbert gillet
girard giraud grondin guerin guichard guillaume guillot guyot hamon henry herve hoarau hubert huet humbert jacob
jacquet jean joly julien klein lacroix lambert lamy langlois laporte laurent le leblanc lebrun leclerc leclercq
lecomte lefebvre lefevre leger legrand lejeune lemaire lemaitre lemoine leroux leroy leveque lopez louis lucas
maillard mallet marchal marchand marechal marie martin martinez marty masson mathieu menard mercier meunier meyer
michaud michel millet monnier moreau morel morin moulin muller nicolas noel olivier paris pasquier payet pelletier
perez perret perrier perrin perrot petit philippe picard pichon pierre poirier poulain prevost remy renard renaud
renault rey reynaud richard riviere robert robin roche rodriguez roger rolland rousseau roussel roux roy royer sanchez
schmitt schneider simon tessier thomas vasseur vidal vincent weber
"""

ROLES = frozenset(
    """
    accueil achats adherent adherente antenne atelier bien bonjour bonne bonsoir bureau chef cluster commissaire
    comptabilite comptable cordialement demande directeur direction directrice dirigeant dirigeante entreprise equipe
    gerant gerante groupe informatique juge madame maintenance maire merci mesdames messieurs ministre monsieur objet
    patron patronne pole prefet president presidente production qualite question responsable salut sarl sas
    secretariat service societe standard tous tout urgent usine
    """.split()
)
"""What follows a title or a greeting and is no name."""

THINGS = frozenset(
    """
    adour aeromart aerospace airbus aout aquitaine ariane arianegroup ascension atr aviation avril boeing bombardier
    bourget bouygues bpifrance carsat catia cea cetim cnes company conseil cpam daher dassault decembre dga dimanche
    dmg edf embraer enedis engie europe fanuc farnborough fevrier figeac france google haas hastelloy hermle hexagon
    inconel industries inpi international invar isae janvier jeudi juillet juin kuka latecoere liebherr linkedin lundi
    mai mardi mars mastercam mazak mecachrome mecanique mecaprotec mercredi microsoft mori nadcap noel novembre
    occitanie octobre odoo okuma onera onisep opco orange paques pentecote potez reach region renishaw rohs safran
    sage samedi septembre sfr siemens solidworks stelia supaero thales total toussaint trumpf urssaf vendredi zeiss
    """.split()
)
"""Capitalised words that are nobody's name, beside those that the examples hold."""

PARTICLES = frozenset("de du da das do dos des di del della le la les el al ben ould van von der den d l".split())

CIVILITIES = frozenset(
    "m mr mrs ms mm mme mmes mlle mlles monsieur madame mademoiselle messieurs maitre dr docteur pr professeur".split()
)

ALSO_SHORT = frozenset("m mm ms pr".split())
"""Titles that are other short forms too where they are written small."""

NOT_OF_PEOPLE = frozenset(
    """
    aeroport allee allees av avenue avion batiment bd boulevard cabinet campus chemin chez clinique college commune
    cours ecole entreprise espace etablissements ets eurl fondation four groupe hangar hopital impasse institut
    logiciel lycee machine maison norme parc place plan pont presse pret prix programme projet quai residence robot
    route rue sa saint sainte salle salon sarl sas societe ste tour universite ville za zi zone
    """.split()
)
"""After these a capitalised word names a street, a school, a company, a machine."""

FIRST_NAMES = frozenset((_FIRST + _ALSO_WORDS + _PROPER_TOO).split())
ALSO_WORDS = frozenset(_ALSO_WORDS.split())
PROPER_TOO = frozenset(_PROPER_TOO.split())
SURNAMES = frozenset(_SURNAMES.split())

_NOUN = (
    "coll[eè]gues?|associ[ée]e?|directeur|directrice|responsable|g[ée]rante?|patron(?:ne)?|stagiaire|alternante?|apprentie?"
    "|(?:beau-|belle-)?(?:fr[eè]re|s[oœ]eur|p[eè]re|m[eè]re|fils|fille)|femme|mari|[ée]pou(?:x|se)|chef(?:fe)?|comptable"
    "|ing[ée]nieure?|d[ée]l[ée]gu[ée]e?|avocate?|interlocut(?:eur|rice)|contact|assistante?|technicien(?:ne)?|salari[ée]e?"
    "|pr[ée]sidente?|commerciale?|repr[ée]sentante?|notaire|formateur|formatrice|charg[ée]e? de mission"
)

INTRODUCTIONS = (
    r"\bje\s+m['’ ]?\s?appell?e", r"\bje\s+me\s+(?:nomme|pr[ée]sente)",
    r"\bmon\s+(?:pr[ée]nom|nom)\s+(?:est|c['’ ]est)",
    r"\bmoi\s*,?\s*c['’ ]?\s?est", r"\bje\s+suis", r"\bchui", r"\bc['’ ]est", r"\bc(?=\s)",
    r"\bici", r"\bmy\s+name\s+is",
    r"\bi\s+am", r"\bi['’]m", r"\bau\s+nom\s+de", r"\bde\s+la\s+part\s+d[e'’]",
    r"\b[àa]\s+l['’ ]attention\s+d[e'’]",
)  # fmt: skip
"""Patterns after which somebody says who they are, or for whom they write."""

SIGN_OFFS = (
    r"\bcordialement", r"\bcdl?t", r"\bcordlt", r"\bbien\s+[àa]\s+(?:vous|toi)", r"\bsalutations", r"\bsinc[eè]rement",
    r"\brespectueusement", r"\bbonne\s+(?:journ[ée]e|soir[ée]e|r[ée]ception|fin\s+de\s+\w+)", r"\b[àa]\s+bient[oô]t",
    r"\bamicalement", r"\bremerciements", r"\bsign[ée]", r"\bmerci\s+d['’ ]avance",
    r"\bmerci(?:\s+(?:beaucoup|bcp|[àa]\s+vous))?",
    r"\bmerci\s+pour\s+tout", r"\bmerci\s+de\s+votre\s+(?:aide|r[ée]ponse|retour)", r"\bbises", r"\bbien\s+cdt",
)  # fmt: skip
"""Patterns after which a text may be signed."""

MENTIONS = (
    rf"\b(?:mon|ma|mes|notre|nos|votre|vos|son|sa|leur|le|la|l['’]|un|une|ancien|l['’]ancien)\s?(?:ancien(?:ne)?\s+)?(?:{_NOUN})(?:\s+(?:commercial|technique|industriel|qualit[ée]|g[ée]n[ée]ral|rh)e?)?",
    r"\b(?:r?appel|contact|joign|demand|remplac|rencontr|re[çc]|voi|pr[ée]ven|avert|inform|cherch|convoqu|embauch|recrut)\w*",
    r"\b(?:avec|voir|vu|joindre|pour|dites|transmettez|transmettre|[ée]crire|parler|demander|envoyer|confier)\s+[àa]",
    r"\bavec", r"\bsuivi(?:e|s)?\s+par", r"\bde\s+chez", r"\b(?:bonjour|bonsoir|salut|bjr|hello|coucou|cher|ch[eè]re)",
    r"\bdossier\s+d[e'’]", r"\bcontact\s+est", r"\bparl[ée]\s+[àa]", r"\bvu", r"\bpour", r"\bpar", r"\bet",
    r"\bsouhaite\s+que",
)  # fmt: skip
"""Patterns after which somebody is spoken of; they prove little by themselves."""
