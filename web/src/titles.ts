/** Titles of pictures that the report and the library draw as well: written once, for all of them. */
import titles from "../../src/forefolio/views/titles.json";

export const TITLES: Readonly<typeof titles> = titles;
