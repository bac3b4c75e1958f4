import { Providers } from './providers.jsx';

export const metadata = { title: 'Shop' };

// biome-ignore lint/style/noDefaultExport: This is how Next.js takes it.
export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <Providers>{children}</Providers>
      </body>
    </html>
  );
}
