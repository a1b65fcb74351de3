import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { AddTemplateFlags, TemplateFlags } from './notices.ts';

interface Deps {
  ground: () => { config: Config; log: Log };
  print: (line: string) => void;
}

/** `hoixa notices …`; what does the work is loaded when it is called. */
export function addNoticeCommands(program: Command, { ground, print }: Deps): void {
  const notices = program.command('notices').description('what citizens asked to be told of their dossiers');
  notices
    .command('list')
    .description('notices that have not reached their citizen, with the reason; dossiers due; costs of the month')
    .requiredOption('--commune <slug>')
    .action(async ({ commune }: { commune: string }) => {
      const { noticesList } = await import('./notices.ts');
      const { config, log } = ground();
      await noticesList(config, log, commune, print);
    });
  notices
    .command('retry')
    .description('try what waits once more, for instance after a template was approved or money was added')
    .requiredOption('--commune <slug>')
    .action(async ({ commune }: { commune: string }) => {
      const { noticesRetry } = await import('./notices.ts');
      const { config, log } = ground();
      await noticesRetry(config, log, commune, print);
    });

  const template = notices
    .command('template')
    .description('messages the platforms approved for use outside the reply window');
  const ofAccount = (command: Command) =>
    command
      .requiredOption('--commune <slug>')
      .requiredOption('--account <id>', 'id of the OA or page')
      .requiredOption('--carrier <name>', 'template_uid or template_phone (Zalo ZBS), utility (Messenger)')
      .requiredOption('--template <id>', "the platform's number or name of the template");
  ofAccount(template.command('add').description('use a template, or replace what is known of it'))
    .option('--language <code>', 'language of the template', 'vi')
    .option('--kinds <list>', 'notices it tells: state,due_moved,due_soon,overdue,ready_reminder (default: all)')
    .option(
      '--param <gap=fact:longest>',
      'for each gap: code, title, state, advice, due_date, previous_due_date, office, hotline, as_of',
      (value: string, before: string[]) => [...before, value],
      [] as string[],
    )
    .option('--price <dong>', 'what the platform charges for one message', '0')
    .action(async (flags: AddTemplateFlags) => {
      const { templateAdd } = await import('./notices.ts');
      const { config, log } = ground();
      await templateAdd(config, log, flags, print);
    });
  template
    .command('list')
    .description('templates of a commune')
    .requiredOption('--commune <slug>')
    .action(async ({ commune }: { commune: string }) => {
      const { templateList } = await import('./notices.ts');
      const { config, log } = ground();
      await templateList(config, log, commune, print);
    });
  ofAccount(template.command('remove').description('use a template no longer')).action(async (flags: TemplateFlags) => {
    const { templateRemove } = await import('./notices.ts');
    const { config, log } = ground();
    await templateRemove(config, log, flags, print);
  });
}
