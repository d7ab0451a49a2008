// VitePress's own theme with the fonts of the reader's system: nothing is fetched from elsewhere.
import { h } from 'vue';
import 'katex/dist/katex.min.css';
import DefaultTheme from 'vitepress/theme-without-fonts';
import studio from '../../../../docs/studio-try.png';
import './style.css';

/** The picture beside the name on the landing page. */
const picture = () =>
  h('img', {
    class: 'hero-picture',
    src: studio,
    width: 960,
    height: 600,
    alt: 'Studio: a drawn scene, the scores of its labels, and in colour where the model saw the house',
  });

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'home-hero-image': picture }),
};
