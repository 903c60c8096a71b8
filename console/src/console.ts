// What every page loads. Pages work without it; it makes them quicker to use.
export {};
