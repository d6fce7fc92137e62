import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { languageOf, languageShares } from '../../../src/corpus/language.js';

const texts: readonly (readonly [string, string])[] = [
  ['en', 'The harbour office was closed in the winter, but the ferry had not stopped and people went on as before.'],
  ['de', 'Das Hafenamt war im Winter geschlossen, aber die Fähre fuhr weiter, und die Leute kamen wie immer zu ihr.'],
  ['fr', 'Le bureau du port était fermé en hiver, mais le bac ne s’est pas arrêté et les gens sont venus comme avant.'],
  ['es', 'La oficina del puerto estaba cerrada en invierno, pero el barco no se detuvo y la gente iba como siempre.'],
  ['pt', 'O escritório do porto estava fechado no inverno, mas a balsa não parou e as pessoas vinham como antes.'],
  ['it', 'L’ufficio del porto era chiuso in inverno, ma il traghetto non si è fermato e la gente veniva come prima.'],
  ['nl', 'Het kantoor van de haven was in de winter gesloten, maar de veerboot voer door en er kwamen nog mensen.'],
  ['sv', 'Hamnkontoret var stängt på vintern, men färjan slutade inte att gå och det kom folk som förut till den.'],
  ['pl', 'Biuro portu było zimą zamknięte, ale prom nie przestał pływać i ludzie przychodzili do niego jak zawsze.'],
  ['tr', 'Liman ofisi kışın kapalıydı ama feribot durmadı ve insanlar her zaman olduğu gibi bir daha geldi.'],
  ['fi', 'Satamatoimisto oli talvella kiinni, mutta lautta ei pysähtynyt ja ihmiset tulivat niin kuin ennen.'],
  ['ru', 'Зимой контора порта была закрыта, но паром не остановился, и люди приходили как раньше.'],
  ['uk', 'Взимку контора порту була зачинена, але пором не зупинився, і люди приходили, як завжди, її відвідати.'],
  ['el', 'Το γραφείο του λιμανιού ήταν κλειστό τον χειμώνα, αλλά το πλοίο δεν σταμάτησε.'],
  ['ar', 'كان مكتب الميناء مغلقا في الشتاء لكن العبارة لم تتوقف وجاء الناس كما كانوا من قبل'],
  ['he', 'משרד הנמל היה סגור בחורף אבל המעבורת לא עצרה והאנשים באו כמו תמיד'],
  ['hi', 'सर्दियों में बंदरगाह का कार्यालय बंद था, लेकिन नाव नहीं रुकी और लोग पहले की तरह आते रहे।'],
  ['zh', '港口办公室冬天关门,但渡轮没有停,人们像以前一样来。'],
  ['ja', '港の事務所は冬の間は閉まっていたが、フェリーは止まらず、人々は前と同じように来た。'],
  ['ko', '항구 사무실은 겨울에 닫혀 있었지만 배는 멈추지 않았고 사람들은 전처럼 왔다.'],
  ['th', 'สำนักงานท่าเรือปิดในฤดูหนาว แต่เรือข้ามฟากไม่หยุดและผู้คนก็มาเหมือนเดิม'],
];

describe('the language of a text', () => {
  it.each(texts)('is %s: %s', (language, text) => {
    expect(languageOf(text)).toBe(language);
  });

  it.each([
    ['nothing', ''],
    ['numbers', '12 000 34,5 % 2024-11-23 17:00'],
    ['a name', 'Ada Lovelace'],
    ['names', 'Müller, García, Rossi, Kowalski, Nguyen, Smith, Ivanov, Yamada'],
    ['code', 'const x = foo(bar, baz); return x.length > limit ? undefined : x.map(next);'],
  ])('cannot be told from %s', (_, text) => {
    expect(languageOf(text)).toBeUndefined();
  });

  it('stays English with foreign names and terms in it', () => {
    expect(
      languageOf(
        'The Société Générale and the Deutsche Bank had an office in São Paulo, which was led by Łukasz Nowak.',
      ),
    ).toBe('en');
  });

  it('never fails', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(languageOf(text) ?? 'xx').toMatch(/^[a-z]{2}$/);
      }),
    );
  });
});

describe('the languages of a corpus', () => {
  const of = (language: string): string => texts.find(([name]) => name === language)![1];

  it('are shares of what can be told', () => {
    const shares = languageShares([of('en'), of('de'), of('de'), 'Ada Lovelace']);
    expect(shares.map(({ language }) => language)).toEqual(['de', 'en']);
    expect(shares[0]!.share).toBeCloseTo(2 / 3, 1);
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 10);
  });

  it('are none where hardly anything can be told', () => {
    expect(languageShares([])).toEqual([]);
    expect(languageShares([of('en'), '1234567890 '.repeat(100)])).toEqual([]);
  });
});
