import '@angular/compiler';
import { tellShop } from './suites/shop.ts';

tellShop();
