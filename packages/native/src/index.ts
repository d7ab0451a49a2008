export { nativeBuilds, type NativeBuild, type NativeBuilds, type NativeFunction } from './native-builds.js';
