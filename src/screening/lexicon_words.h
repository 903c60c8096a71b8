/* The tables of the lexicon; only lexicon.c includes this. Words romanised, lower case. */
#ifndef PROVISO_SCREENING_LEXICON_WORDS_H
#define PROVISO_SCREENING_LEXICON_WORDS_H

#include "lexicon.h"

/* Phrases between bars; the same company is written with any of its family's. */
static const struct {
	enum legal_form form;
	const char *phrases;
} form_phrases[] = {
    {FORM_LIMITED,
     "llc|l l c|ltd|limited|pte ltd|pty ltd|pvt ltd|private limited|pte limited|pty limited|pvt "
     "limited|"
     "co ltd|co limited|company limited|co llc|company ltd|ltd co|limited company|"
     "limited liability company|limited liability co|company with limited liability|"
     "limited liability partnership|private limited company|private company limited by shares|"
     "ooo|o o o|tov|too|odo|mchj|mchzh|osoo|ltd sti|limited sirketi|limitet sirketi|"
     "obshchestvo s ogranichennoi otvetstvennostyu|obshchestvo s ogranichennoy otvetstvennostyu|"
     "obschestvo s ogranichennoi otvetstvennostyu|obschestvo s ogranichennoy otvetstvennostyu|"
     "tovarystvo z obmezhenoyu vidpovidalnistyu|tovarystvo z obmezhenoiu vidpovidalnistiu|"
     "obshchestvo s dopolnitelnoi otvetstvennostyu|"
     "tovarishchestvo s ogranichennoi otvetstvennostyu|gmbh|g m b h|ges m b h|gesmbh|"
     "gesellschaft mit beschrankter haftung|ug|sarl|s a r l|societe a responsabilite limitee|srl|s "
     "r l|"
     "societa a responsabilita limitata|sociedad de responsabilidad limitada|s de rl|s de r l|"
     "s de rl de cv|s de r l de c v|ltda|limitada|cia ltda|y cia ltda|lda|sl|s l|"
     "sociedad limitada|bv|b v|besloten vennootschap|bvba|sprl|sdn bhd|sendirian berhad|doo|d o "
     "o|ood|eood|"
     "sro|s r o|spol s r o|sp z o o|sp zoo|spolka z o "
     "o|uab|osauhing|ou|sia|kft|aps|oy|fze|fzc|fzco|"
     "fz llc|fz llp|free zone establishment|wll|w l l|with limited liability|est|tic ltd sti|"
     "ticaret limited sirketi|mas uliyat mugbalat|baam|shpk"},
    {FORM_STOCK,
     "jsc|j s c|joint stock company|joint stock co|ojsc|cjsc|pjsc|pjs|pjsco|"
     "open joint stock company|closed joint stock company|public joint stock company|"
     "non public joint stock company|private joint stock company|public stock company|"
     "private stock company|saudi joint stock company|stock company|"
     "ao|a o|oao|o a o|zao|z a o|pao|p a o|nao|pat|prat|vat|zat|at|atzt|aozt|aoot|"
     "aktsionernoe obshchestvo|otkrytoe aktsionernoe obshchestvo|zakrytoe aktsionernoe obshchestvo|"
     "publichnoe aktsionernoe obshchestvo|aktsionerne tovarystvo|publichne aktsionerne tovarystvo|"
     "pryvatne aktsionerne tovarystvo|sa|s a|sae|s a e|sal|s a l|saoc|saog|sab de cv|sa de cv|"
     "s a de c v|sociedad anonima|societe anonyme|sociedade anonima|spa|s p a|societa per "
     "azioni|ag|a g|"
     "aktiengesellschaft|ab|a b|aktiebolag|as|a s|asa|aksjeselskap|nv|n v|naamloze vennootschap|"
     "plc|p l c|public limited company|public company limited|pcl|pt|persero|tbk|bhd|berhad|"
     "as a s|anonim sirketi|anonim sirket|oyj|ad|a d|akcionarsko drustvo|dd|d d|a s c|qsc|qpsc|q s "
     "c|"
     "bsc|b s c|ksc|k s c|ksck|kscp|psc|p s c|p j s c|sjsc|spolka akcyjna|rt|nyrt|zrt|"
     "sherkat sahami|sahami khass|sahami am|sherkate sahami"},
    {FORM_CORPORATION, "inc|incorporated|corp|corporation|korporatsiya|korporatsia|"
                       "korporatsiia|kabushiki kaisha|kk|k k|corporacion"},
    {FORM_PARTNERSHIP,
     "lp|l p|llp|l l p|limited partnership|kg|ohg|gbr|gmbh and co kg|gmbh co kg|cv|snc|s n c|"
     "scs|sca|sas|s a s|eurl|sasu|and co|and company|y cia|e hijos|and sons|and bros|s en c|"
     "s en c s|en comandita|kommanditgesellschaft"},
    {FORM_SOLE, "ip|chp|fop|eirl|empresa unipersonal|sole proprietorship|e k|ek|eu"},
    {FORM_STATE,
     "fgup|f g u p|gup|mup|fku|fgbu|fgku|fgbou|federal state unitary enterprise|"
     "state unitary enterprise|municipal unitary enterprise|unitary enterprise|state enterprise|"
     "state owned enterprise|federal state budgetary institution|federal state institution|"
     "federal state budgetary institution of science|"
     "federal state autonomous institution|federal treasury enterprise|federal state enterprise|"
     "republican unitary enterprise|state institution|state budgetary institution|fkp|rup|gp|dp|"
     "gosudarstvennoe unitarnoe predpriyatie|federalnoe gosudarstvennoe unitarnoe predpriyatie"},
    {FORM_NONPROFIT,
     "ano|anpo|anko|npo|ngo|autonomous non profit organization|autonomous nonprofit organization|"
     "autonomous non profit organisation|autonomous non commercial organization|"
     "non profit organization|nonprofit organization|ev|e v|eingetragener verein|"
     "nonprofit partnership|non profit partnership|pei|private educational institution|"
     "avtonomnaya nekommercheskaya organizatsiya|ong|asbl|vzw|roo|mroo|oo"},
};

static const char particles[] = "al el ul ur ar as ash ad at an az il bin ibn ben bint bent binti "
                                "binte van von der den de del della di "
                                "da do dos das du la le las los les ter ten te zu zur zum y e i of "
                                "the and und et for av af dal dalla dei "
                                "degli lo st saint san santa o mac mc oglu ogly oghlu ogli uulu "
                                "kyzy kizi qizi zade bat ha wa in on a to "
                                "et und og och na im named after bn abn bnt";

static const char titles[] =
    "mr mrs ms miss dr prof sir dame lord lady haji hajji hadji hajj hajja sheikh shaykh sheik "
    "shaikh "
    "cheikh mullah mulla mullah maulana maulvi maulavi mawlawi mawlavi molvi qari hafiz hafez "
    "sayyid sayed "
    "seyed seyyed syed sayyed said imam ustadh ustad doctor professor general gen colonel col "
    "captain capt "
    "major maj lieutenant lt brigadier admiral commander president king prince princess queen emir "
    "amir "
    "engineer eng alhaj alhaji don dona fr father rev reverend jr sr junior senior phd md esq";

static const char generics[] = "company co companies trading trade trader traders international "
                               "intl group gruppa grup holding holdings "
                               "industries industry industrial services service bank banka banco "
                               "banque development investment "
                               "investments invest enterprise enterprises general global world "
                               "national state federal research institute "
                               "center centre central center scientific science technology "
                               "technologies tech technical tekhnologii "
                               "engineering production plant factory works zavod kombinat design "
                               "bureau construction building stroy "
                               "petroleum oil gas energy power electric electronics electronic "
                               "system systems solutions shipping marine "
                               "maritime lines line transport transportation logistics import "
                               "export commercial business management "
                               "consulting consultants organization organisation foundation fund "
                               "charity charitable association society "
                               "union committee council ministry department office agency "
                               "university academy college school hospital "
                               "medical pharma pharmaceutical pharmaceuticals chemical chemicals "
                               "steel metal metals mining minerals "
                               "mineral food foods agro agricultural aviation airlines air airways "
                               "aerospace space defense defence "
                               "military security special machine machinery equipment instruments "
                               "products materials supply supplies "
                               "store stores shop market markets exchange finance financial "
                               "capital credit insurance real estate "
                               "properties property hotel tours travel tourism media press "
                               "publishing news radio television telecom "
                               "communications communication network networks computer computers "
                               "software data digital information "
                               "joint limited private public republic islamic arab american "
                               "european asia asian africa middle east "
                               "western eastern northern southern north south west new first "
                               "united city regional republican branch "
                               "federation russian russia iran iranian syrian syria ukraine "
                               "ukrainian china chinese korea korean cuba "
                               "corporation firm concern partners partnership project projects "
                               "programme program operations contracting "
                               "contractors contractor establishment est bureau unit";

static const char vessels[] =
    "mv mt ms ss my sv fv rv mts tb mvs hms uss tug motor vessel tanker ship";

/* Cardinal and ordinal words and Roman figures of two signs or more, by value from 0. */
static const char numbers[] =
    "zero nul|one first 1st pervyi pervyy uno premier erste|two second 2nd ii dva vtoroi dos|"
    "three third 3rd iii tri tretii tres|four fourth 4th iv chetyre quatro|five fifth 5th pyat "
    "cinco|"
    "six sixth 6th vi shest seis|seven seventh 7th vii sem siete|eight eighth 8th viii vosem ocho|"
    "nine ninth 9th ix devyat nueve|ten tenth 10th desyat diez|eleven eleventh 11th xi|"
    "twelve twelfth 12th xii|thirteen 13th xiii|fourteen 14th xiv|fifteen 15th xv|sixteen 16th xvi|"
    "seventeen 17th xvii|eighteen 18th xviii|nineteen 19th xix|twenty twentieth 20th xx";

/* Each group between bars: names that go by each other. A word may be in three groups. */
static const char *const name_groups[] = {
    "william bill billy will willy willie liam wilhelm guillermo guillaume willem vilhelm",
    "robert bob bobby rob robbie bert roberto|richard dick rick ricky richie ricardo",
    "james jim jimmy jamie jaime|john jack johnny jon johann johannes jean juan giovanni ivan jan "
    "ioannis",
    "jonathan jon jonny|charles charlie chuck carlos carlo karl carl|thomas tom tommy tomas "
    "tommaso",
    "michael mike mikey mick mickey mikhail miguel michel michele mykhailo mihail misha mikhael "
    "mykola",
    "joseph joe joey jose giuseppe josef yosef yusuf yousef youssef iosif",
    "edward ed eddie ted teddy ned eduardo eduard edouard|theodore ted teddy theo fyodor fedor "
    "teodoro",
    "francis frank frankie francisco pancho paco francesco franz francois|franklin frank",
    "henry harry hank hal enrique henri heinrich enrico|harold harry hal",
    "alexander alex al sasha sandy alexandre alejandro aleksandr oleksandr alessandro iskander "
    "sandro aleksander",
    "alexandra alex sasha sandra aleksandra oleksandra|albert al bert alberto|alfred al fred alf "
    "alfredo",
    "frederick fred freddy fritz friedrich federico|daniel dan danny daniil|david dave davy dawud "
    "daoud davyd",
    "donald don donny|ronald ron ronnie|kenneth ken kenny|andrew andy drew andrei andrey andriy "
    "andres andre "
    "andrea andreas|anthony tony antonio anton antoine antonios|peter pete pedro pyotr petr petro "
    "pierre pietro "
    "piotr|paul pablo pavel pavlo paolo|stephen steve steven stefan stepan esteban etienne stefano",
    "patrick pat paddy patricio|patricia pat patty trish|christopher chris kit christoph "
    "cristobal|christine "
    "chris christina tina|matthew matt matvei mateo matthias|nicholas nick nicky nikolai nikolay "
    "mykola nicolas "
    "nicola nikolas kolya nicolaus|samuel sam sammy|samantha sam|benjamin ben benny "
    "binyamin|timothy tim timmy",
    "gregory greg grigory grigori hryhoriy gregorio|jeffrey jeff geoffrey geoff|lawrence larry "
    "laurence "
    "lorenzo|leonard len lenny leo|leonardo leo|raymond ray|walter walt wally|gerald gerry "
    "jerry|jerome jerry",
    "eugene gene evgeny yevgeny evgeni yevgeniy evgenii yevhen yevheniy eugenio|george jorge georg "
    "georgy "
    "georgiy yuri yury yuriy iurii giorgio georges giorgi jerzy heorhiy egor yegor igor",
    "philip phil felipe philippe filipp|douglas doug|martin marty|maximilian max maksim maxim",
    "elizabeth liz beth betty lizzie eliza elisabeth isabel elizaveta yelizaveta",
    "margaret maggie peggy meg marge margarita rita|katherine kate kathy katie kathryn catherine "
    "ekaterina "
    "yekaterina kateryna katya|mary maria marie molly polly mariya miriam maryam mariam|ann anna "
    "anne annie "
    "hanna hannah ganna|helen elena yelena olena helena alyona alena|susan sue suzy "
    "suzanne|deborah debbie deb",
    "barbara barb babs|jennifer jenny jen|jessica jess|victoria vicky viktoria viktoriya|victor "
    "viktor vic",
    "natalia natasha natalya nataliya nataliia|tatiana tanya tatyana tetyana tetiana|svetlana "
    "sveta svitlana",
    "dmitry dmitri dima dmitriy dmytro dmitrii|vladimir volodymyr volodya vova wladimir "
    "uladzimir|sergei sergey serhiy sergiy "
    "serge serhii sergio|alexei alexey aleksei aleksey oleksiy oleksii alyosha alexis|konstantin "
    "kostya "
    "kostyantyn constantine kostiantyn|pavel pasha pavlo|vasily vasili vasyl vasya vasilii "
    "basil|ilya illya ilia "
    "elijah|igor ihor|oleg oleh|yulia julia iuliia yuliya yuliia|irina iryna irena|galina halyna",
    "grigory hryhorii|vyacheslav viacheslav slava|yaroslav iaroslav slava|stanislav stas|rostislav "
    "slava",
    "boris borys|denis denys|kirill kyrylo cyril|nikita mykyta|roman romain",
    "muhammad mohammad mohammed mohamed muhammed mohamad mehmet mahomet muhamad mohd mohamud "
    "mahamed mohammadi md "
    "muhamed magomed makhmad|ahmad ahmed ahmet akhmad akhmed|mahmud mahmoud mahmood mehmood|husayn "
    "hussein hussain "
    "husain hossein hosein husein huseyin hussayn|hasan hassan hacen|yusuf yousef youssef yousuf "
    "yusif iosif",
    "ibrahim ebrahim abraham ibragim avraham|ismail esmail ishmael ismael|umar omar omer|uthman "
    "othman osman "
    "usman ousmane|khalid khaled|said saeed saeid sayed sa id|ali aly|abdullah abdallah abdulla "
    "abdalla "
    "abdollah|musa mousa moussa moses moshe|isa eissa issa|sulayman suleiman soleiman solomon "
    "suleyman "
    "sulaiman|yahya yehia iahia|mustafa mostafa moustafa|nasir nasser naser nasr|jamal gamal "
    "djamel",
    "qasim qassem kassem ghasem qasem|tariq tarek tarik|hamza hamzah|bashar bachar|ali aliy",
    "ignacio nacho|jesus chucho|guadalupe lupe|jose pepe|manuel manolo manny emanuel emmanuel",
    "dolores lola|concepcion concha|eduardo lalo|roberto beto|antonio tono|alberto beto|luis lucho "
    "louis lewis "
    "ludwig luigi|rafael rafa raphael|vicente chente vincent|enrique quique|gabriel gabi|fernando "
    "nando",
    "zion tzion|yitzhak isaac itzhak yitzchak icchak|yaakov jacob yakov jakob iakov|shimon simon "
    "simeon semyon",
    "yehuda judah juda|yonatan jonathan|chaim haim hayim",
    "bank banco banque banka|group gruppa groupe grupo gruppe grup|company compagnie compania "
    "kompaniya "
    "kompaniia companhia co cia|plant factory works zavod|institute institut instituto|center "
    "centre centr tsentr "
    "zentrum|scientific nauchnyi nauchno|research issledovatelskii|foundation fond fund|bureau "
    "byuro",
    "enterprise predpriyatie|construction stroitelstvo|international internatsional intl "
    "mezhdunarodnyi "
    "internacional|organization organisation org|trading torgovyi trade|technology technologies "
    "tech "
    "tekhnologii tecnologia|engineering engineers|national natsionalnyi nacional|industry "
    "industries industrial",
    "service services servis|system systems sistema sistemy|brothers bros|sons son|university "
    "universitet "
    "universidad|and i y und et|saint st sankt|investment investments invest|defence defense",
    "islamic islami|general gen|development dev|import imports|export exports",
    "association assoc assn|management mgmt|manufacturing mfg|department dept|transport "
    "transportation",
    "holding holdings kholding|company companies|limited ltd|petroleum petrol oil|communication "
    "communications|charity charitable|shipping ship|agro agricultural|bureau office|energy energo",
};

#endif
