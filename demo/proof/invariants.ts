/** What must hold between tabs, each in one sentence. The names are those of the model and of the docs. */
export const invariants: Readonly<Record<string, string>> = {
  I1: 'One refresh at a time for each session, over all tabs.',
  I2: 'A refresh token is never sent once its successor is known.',
  I3: 'A sign-out is never undone.',
  I4: 'The server never has a reason to revoke a session because a spent token came back.',
  I5: 'No session ends but by its user, by another tab’s sign-out, or by a no that the server has a reason for.',
  I7: 'What was asked in one session never gets a token of another.',
  I10: 'What is stored never gets older, and never disagrees with the fence.',
  I11: 'Nobody waits for ever.',
  I13: 'Once nothing moves any more, all tabs, the fence and the store agree.',
};
