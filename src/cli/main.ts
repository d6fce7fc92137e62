import { UsageError } from './arguments.js';
import { check } from './commands/check.js';
import { exportHead } from './commands/export-head.js';
import { init } from './commands/init.js';
import { queue } from './commands/queue.js';
import { STRATEGIES } from '../learning/strategies/names.js';
import { DEFAULT_TEMPLATE, TEMPLATES } from '../labels/templates.js';
import { simulate } from './commands/simulate.js';
import { stats } from './commands/stats.js';

/**
 * `marginalia COMMAND`: the headless commands. Results go to stdout, everything else to stderr.
 * Exit code 0: done; 1: the answer is 'no'; 2: unusable input.
 */

type Command = (args: readonly string[]) => Promise<number>;

const commands: Readonly<Record<string, Command>> = {
  init,
  queue,
  check,
  stats,
  'export-head': exportHead,
  simulate,
};

const help = `marginalia COMMAND [--workspace DIR] [--json] …

  init       write marginalia.json and the git attributes: texts are guessed from what is there
             --template ${TEMPLATES.join('|')} (${DEFAULT_TEMPLATE})
  queue      rank what to label next
             --strategy S (${STRATEGIES[0]})  --limit N  --by candidate|passage
             --kind entity|relation|class  --seed K  --annotator SLUG
             --stream [FILE …]  --budget 0.1   decide at once on each line of stdin, or appended to the files
  check      look for problems in project file, corpus and labels   --format text|json|github
  stats      count labels, estimate the quality, and advise whether to go on
             [--counts-only]  [--target 0.9]  [--seed K]  [--annotator SLUG]  [--model M]
  export-head  the trained heads as ONNX and JSON, with examples for Python and JavaScript
             --output FOLDER  [--kind class|entity|relation]  [--class LABEL]  [--seed K]  [--annotator SLUG]  [--model M]
  simulate   replay labelled data and print the learning curve
             --task class|entity|relation  --train F  --test F  [--strategy S]  [--seed-size 25]
             [--balanced-seed]  [--initial FILE]  [--batch 25]  [--rounds 20]  [--seed K]  [--target 0.95]
             [--stopping]  [--model M]; for classes also [--features F.npy --test-features F.npy]
             [--head default|logistic-regression]

strategies S:
${wrapped(STRATEGIES)}
`;

/** Names in lines of at most 90 characters. */
function wrapped(names: readonly string[]): string {
  return names
    .reduce<string[]>((lines, name) => {
      const line = lines.at(-1);
      return line !== undefined && line.length + name.length < 90
        ? [...lines.slice(0, -1), `${line} ${name}`]
        : [...lines, `  ${name}`];
    }, [])
    .join('\n');
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(help);
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new UsageError(`There is no command '${name}'. See 'marginalia help'.`);
  return command(args);
}

// A reader such as `head` may close the pipe early: that is no error.
process.stdout.on('error', () => process.exit(0));

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const message =
      error instanceof Error
        ? error instanceof UsageError
          ? error.message
          : (error.stack ?? error.message)
        : String(error);
    process.stderr.write(`marginalia: ${message}\n`);
    process.exitCode = 2;
  },
);
