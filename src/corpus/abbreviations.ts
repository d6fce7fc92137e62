/**
 * Abbreviations that end in a full stop, written without it. Capitals count: "Gov." is one, "gov." none.
 */

const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

/** A name follows: never the end of a sentence, whatever comes next. */
export const TITLES = words(`
  Mr Mrs Ms Mx Messrs Dr Drs Prof Profs Gen Col Maj Capt Cpt Cmdr Comdr Lt Sgt Cpl Pvt Adm Brig Rev Revd Fr Hon Rt Sen
  Sens Rep Reps Gov Pres Insp Supt Det Mme Mmes Mlle MM Msgr Mgr Ald Cllr Amb Sra Srta Dra Hr Mt`);

/** Goes on whatever comes next. */
export const CONTINUING = words(`
  e.g i.e a.k.a c.f eg ie aka cf Cf viz vs v ca approx Approx incl excl resp max Max min Min avg est Est Pt
  bzw d.h z.B u.a ggf vgl Vgl p.ex P.ex c.-à-d`);

/** A number, numeral or letter follows; before anything else they are words ("The answer is no.") or the end. */
export const REFERENCES = words(`
  no No nos Nos fig Fig figs Figs p pp vol Vol vols Vols ch Ch chap Chap chaps sec Sec sect Sect secs art Art arts Arts
  eq Eq eqs Eqs ex Ex par Par para Para paras app App pt Pt pl Pl tab Tab n nn c ver Ver op bk Bk lot Lot rev ser Ser
  suppl Suppl s Nr nr Abb Abs Bd S núm pág R Civ Crim Rs Tel tel Ext ext Ref ref`);

/** May end a sentence: they do before a word that begins one ("The", "He"), not before a name. */
export const OFTEN_BEFORE_NAMES = words(`
  Inc Ltd Corp Co Cos Bros Jr Sr Snr Jnr Esq LLC Plc plc GmbH Cie Dept dept Depts Univ univ Assn Assoc Govt govt Natl Intl
  Ave Blvd Rd St Ln Sq Pl Pkwy Hwy Ft al ed eds Ed Eds trans Trans ibid Ibid repr Dist Div Bldg Tech Inst Acad Lib
  Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa Penn
  Tenn Tex Va Vt Wash Wis Wyo Ont Que Fed Reg Stat Am Brit Amer Ger Lat Eng`);

/** Go on before a number, end a sentence before a capital. */
export const BEFORE_NUMBERS = words(`
  Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun
  ft in yd yds mi oz lb lbs kg km cm mm min mins hr hrs sec secs sq`);

/** After "a.m." and "p.m." these belong to the time. */
export const TIME_WORDS = words(`
  Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September
  October November December Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
  GMT UTC BST CET CEST EST EDT CST CDT MST MDT PST PDT EET IST JST AEST ET CT PT Eastern Central Pacific`);

/** Names that end in an exclamation mark. */
export const EXCLAIMING_NAMES = words('Yahoo Jeopardy Oklahoma Joomla');

/** German ordinals are written with a full stop, above all in dates. */
export const GERMAN_MONTHS = words(
  'Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember',
);

/** Nouns that a single letter follows: "plan B." ends a sentence, "George W." does not. */
export const LETTERED = words(`
  plan vitamin type class grade group section appendix annex figure table hepatitis schedule option room block gate
  platform category part exhibit form item level model phase point question row series step team unit version zone
  influenza hall wing seat bay ward pier`);

/** Words that begin sentences and are no names. */
export const STARTERS = words(`
  A After All Also Although An And Another Any Anyone Are As At Because Before Both But By Can Could Despite Did Do Does
  During Each Even Every Everyone Few Finally First For From Had Has Have He Hence Her Here His How However I If In
  Indeed Instead Is It Its Last Later Let Many Maybe Meanwhile More Most Moreover Much My Neither Never Next No Nobody
  None Nor Not Nothing Now Of On Once One Only Or Other Others Our Perhaps She Should Since So Some Someone Soon Still
  Such Than That The Their Then There Therefore These They This Those Though Thus To Today Together Tomorrow Under
  Unless Until Was We Well Were What When Where Whether Which While Who Whose Why Will With Within Without Would Yes Yesterday
  Yet You Your It's That's There's He's She's I'm I've I'd I'll We're They're You're Don't`);

/** After a quoted question or exclamation, a name or pronoun with one of these belongs to the quotation. */
export const SPEECH_VERBS =
  'added|agreed|announced|answered|asked|begged|called|commented|complained|continued|cried|declared|demanded|exclaimed|explained|gasped|groaned|howled|inquired|insisted|joked|laughed|moaned|murmured|muttered|noted|observed|pleaded|protested|remarked|repeated|replied|roared|said|says|screamed|shouted|sighed|snapped|sobbed|stammered|thought|urged|wanted to know|warned|whispered|wondered|wrote|yelled';
