import { Greeting } from './greeting.jsx';

/** Rendered on the server, once for everybody: it knows nobody. */
// biome-ignore lint/style/noDefaultExport: This is how Next.js takes it.
export default function Page() {
  return (
    <main>
      <h1>Shop</h1>
      <Greeting />
    </main>
  );
}
