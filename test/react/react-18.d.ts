// What stands in for React in the tests with version 18 needs no types: the tests are written against those of 19.
declare module '*/react-18/node_modules/react/index.js';
declare module '*/react-18/node_modules/react/jsx-runtime.js';
declare module '*/react-18/node_modules/react/jsx-dev-runtime.js';
declare module '*/react-18/node_modules/react-dom/client.js';
declare module '*/react-18/node_modules/react-dom/server.node.js';
