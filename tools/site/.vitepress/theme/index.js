// VitePress's own theme with the fonts of the reader's system: nothing is fetched from elsewhere.
import 'katex/dist/katex.min.css';
import DefaultTheme from 'vitepress/theme-without-fonts';
import './style.css';

export default DefaultTheme;
