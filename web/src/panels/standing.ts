/** Where panels stand: on the page of a service that can be asked, or in a file that has nothing but itself. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";

/** Money that losses are counted in, where nobody has named any. */
export const USUAL_CAPITAL = 10_000;

/** What a file knows of whose it is. */
export interface Alone {
  capital: number; // money that losses are counted in
}

const Standing = createContext<Alone | null>(null);

export const InAFile = Standing.Provider;

/** Nothing where there is a service: in a file no link leads on, nothing is asked and nothing is saved. */
export const useAlone = (): Alone | null => useContext(Standing);
