// Learners: who was active of late, and the story of one.
const people = { refresh: async () => {}, start() {} };
const one = { refresh: async () => {} };
function drawPeople() {}
function drawLearner() {}
