import { jest } from '@jest/globals';

// Whole models are made: a busy machine may take longer than jest's five seconds. (`testTimeout` of a project is
// not heard when jest runs all projects.)
jest.setTimeout(120_000);
