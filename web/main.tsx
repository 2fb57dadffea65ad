// The billing page: what a customer sees of his bill.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './style/index.css';
import { refreshWhenBack } from './data/use-answer';
import { App } from './shell/app';

const container = document.getElementById('page');
if (container === null) throw new Error('page: index.html has no place for it');
refreshWhenBack();
createRoot(container).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
