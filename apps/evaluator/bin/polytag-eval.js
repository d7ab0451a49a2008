#!/usr/bin/env node
import { start } from '@polytag/cli/start';

start(() => import('../dist/index.js'));
