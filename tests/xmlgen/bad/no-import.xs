# error: 2: no file 'nowhere.xs' to import
import nowhere
