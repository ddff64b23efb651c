/** The script of the report of a strategy: its pictures, without the panels that the page has for other kinds. */
import { begin } from "./begin";

begin(() => null);
