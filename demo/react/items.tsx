import { type ReactNode, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { pageCount, pageOf } from '../shared/items.ts';
import { burstText } from '../shared/texts.ts';
import { useItems } from './use-items.ts';

const BURST = 20;

export function Items(): ReactNode {
  const [query] = useSearchParams();
  const page = pageOf(query.get('page'));
  const { shown, isBusy, problem, burst } = useItems(page);
  const [progress, setProgress] = useState('');

  function reload(): void {
    setProgress(burstText(0, BURST));
    burst(BURST, (answered) => setProgress(burstText(answered, BURST)));
  }

  return (
    <main>
      <h1>Items</h1>
      <div className="tools">
        <button type="button" className="quiet" onClick={reload}>
          Reload 20 times
        </button>
        <p role="status">{progress}</p>
      </div>
      <p role="alert" className="problem">
        {problem}
      </p>
      <ul aria-label="Items" aria-busy={isBusy}>
        {shown?.results.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
      {shown && <Paging page={page} pages={pageCount(shown.count)} />}
    </main>
  );
}

function Paging({ page, pages }: { readonly page: number; readonly pages: number }): ReactNode {
  return (
    <nav aria-label="Pages of the list" className="paging">
      {page > 1 ? (
        <Link to={`/items?page=${page - 1}`} rel="prev">
          Previous
        </Link>
      ) : (
        <span />
      )}
      <span>{`Page ${page} of ${pages}`}</span>
      {page < pages ? (
        <Link to={`/items?page=${page + 1}`} rel="next">
          Next
        </Link>
      ) : (
        <span />
      )}
    </nav>
  );
}
