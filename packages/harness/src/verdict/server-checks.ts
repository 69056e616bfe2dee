/** The check of a server that llem does not start: whether it was there for this run alone. */
import { figure } from '@llem/core';
import { percent, result, type Judge } from './result.js';

/** Share of the readings of a window that may tell of requests that are not ours: a probe of a gateway, one token now and then. */
const MAX_OTHERS_SHARE = 0.1;

/** Ends every message about others. */
export const LET_ALONE =
  'Keep others from using the server while it is measured, or measure one of your own.';

export const exclusiveServer: Judge = ({ attached }) => {
  if (attached === null) return null;
  const { others, wasBusy } = attached;
  const share = others === null ? null : others.over / others.readings;
  if (others !== null && share !== null && share > MAX_OTHERS_SHARE) {
    return result('exclusive-server', 'invalid', false, {
      value: share,
      limit: MAX_OTHERS_SHARE,
      message: `Others used the server inside the window: in ${percent(share)} of its readings it had more requests than it was sent from here, up to ${figure(others.most)}. ${LET_ALONE}`,
    });
  }
  if (wasBusy === true) {
    return result('exclusive-server', 'warning', false, {
      value: 'busy',
      limit: 'nothing to do',
      message: `The server had requests of others to answer when the run came to it. ${LET_ALONE}`,
    });
  }
  if (share === null) {
    return result('exclusive-server', 'warning', false, {
      value: null,
      limit: MAX_OTHERS_SHARE,
      message:
        'Whether others used the server is not known: it does not tell how many requests it has. Switch its metrics on, and make sure that nobody does.',
    });
  }
  return result('exclusive-server', 'invalid', true, {
    value: share,
    limit: MAX_OTHERS_SHARE,
    message: 'The server had no more requests than it was sent from here.',
  });
};
