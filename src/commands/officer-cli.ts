import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { OfficerFlags } from './officer.ts';

interface Deps {
  ground: () => { config: Config; log: Log };
  print: (line: string) => void;
}

/** `hoixa officer …`; what does the work is loaded when it is called. */
export function addOfficerCommands(program: Command, { ground, print }: Deps): void {
  const officer = program.command('officer').description('who may use the console');
  officer
    .command('add')
    .description('add somebody to the staff of a commune; prints a link that lets them in once')
    .argument('<email>')
    .requiredOption('--commune <slug>')
    .requiredOption(
      '--role <role>',
      'officer, lead (sees the log), admin (settings, staff) or province (all its communes)',
    )
    .option('--name <text>', 'as citizens read it; officers may enter it themselves')
    .option('--title <text>', 'for instance "công chức tư pháp – hộ tịch"')
    .option('--fields <list>', 'fields of work as the catalogue names them; conversations about them are offered first')
    .action(async (email: string, flags: OfficerFlags) => {
      const { officerAdd } = await import('./officer.ts');
      const { config, log } = ground();
      await officerAdd(config, log, email, flags, print);
    });
  officer
    .command('list')
    .description('the staff of a commune')
    .requiredOption('--commune <slug>')
    .action(async ({ commune }: { commune: string }) => {
      const { officerList } = await import('./officer.ts');
      const { config, log } = ground();
      await officerList(config, log, commune, print);
    });
  officer
    .command('reset')
    .description('forget password and second factor, sign out everywhere, print a new link')
    .argument('<email>')
    .requiredOption('--commune <slug>')
    .action(async (email: string, { commune }: { commune: string }) => {
      const { officerReset } = await import('./officer.ts');
      const { config, log } = ground();
      await officerReset(config, log, email, commune, print);
    });
  officer
    .command('off')
    .description('let somebody in no longer; what they did stays in the log')
    .argument('<email>')
    .requiredOption('--commune <slug>')
    .action(async (email: string, { commune }: { commune: string }) => {
      const { officerOff } = await import('./officer.ts');
      const { config, log } = ground();
      await officerOff(config, log, email, commune, print);
    });
}
