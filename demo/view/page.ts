import { send } from '../requests.ts';
import { complete, session } from '../session.ts';
import { joinTabs } from '../tab.ts';
import { showAccount } from './account.ts';
import { showChart } from './chart.ts';
import { attachControls, showToggles } from './controls.ts';
import { attachPickers } from './pickers.ts';
import { say } from './say.ts';
import { showScore } from './score.ts';
import { attachSignInForm } from './sign-in-form.ts';

/** Puts life into the page. Resolves when it is known who is signed in. */
export async function showPage(): Promise<void> {
  attachPickers();
  attachSignInForm();
  attachControls();
  const timeline = document.querySelector('latchkey-timeline');
  if (timeline) timeline.session = session;
  const updateScore = showScore();
  const updateChart = showChart();
  joinTabs({
    onChange() {
      updateScore();
      updateChart();
      showToggles();
    },
    onSend: (count) => void send(count),
  });
  await complete().catch((error: Error) => say(`The provider did not sign you in: ${error.message}`));
  await session.ready;
  showAccount();
}
