import { Component, computed, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, RouterLink } from '@angular/router';
import { pageCount, pageOf } from '../shared/items.ts';
import { injectItemList } from './item-list.ts';

@Component({
  selector: 'demo-items',
  imports: [RouterLink],
  host: { style: 'display: contents' },
  template: `
    <main>
      <h1>Items</h1>
      <div class="tools">
        <button type="button" class="quiet" (click)="list.burst(20)">Reload 20 times</button>
        <p role="status">{{ list.progress() }}</p>
      </div>
      <p role="alert" class="problem">{{ list.problem() }}</p>
      <ul aria-label="Items" [attr.aria-busy]="list.isBusy()">
        @for (item of list.shown()?.results; track item.id) {
          <li>{{ item.name }}</li>
        }
      </ul>
      @if (pages(); as last) {
        <nav aria-label="Pages of the list" class="paging">
          @if (page() > 1) {
            <a routerLink="/items" [queryParams]="{ page: page() - 1 }" rel="prev">Previous</a>
          } @else {
            <span></span>
          }
          <span>Page {{ page() }} of {{ last }}</span>
          @if (page() < last) {
            <a routerLink="/items" [queryParams]="{ page: page() + 1 }" rel="next">Next</a>
          } @else {
            <span></span>
          }
        </nav>
      }
    </main>
  `,
})
export class Items {
  private readonly query = toSignal(inject(ActivatedRoute).queryParamMap);
  protected readonly page = computed(() => pageOf(this.query()?.get('page')));
  protected readonly list = injectItemList(this.page);
  protected readonly pages = computed(() => {
    const shown = this.list.shown();
    return shown && pageCount(shown.count);
  });
}
